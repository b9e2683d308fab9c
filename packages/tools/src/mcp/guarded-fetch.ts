import type { FetchLike } from "@modelcontextprotocol/client";
import { fetch } from "undici";
import { createGuardedAgent } from "../http/guarded-agent.ts";
import { createNetworkGuard } from "../http/network-guard.ts";
import type { NetworkPolicy } from "../http/network-policy.ts";

/** A `fetch` that goes only where its policy lets it, for a client that reads its answers as streams. */
export interface GuardedFetch {
  readonly fetch: FetchLike;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** Bytes of one answer, a stream of events included: a server that sends more is cut off. */
const maxResponseBytes = 16 * 1024 * 1024;

/** Makes a guarded fetch. Redirects are handed to the caller, who asks again, so that each of them is checked. */
export function createGuardedFetch(policy: NetworkPolicy): GuardedFetch {
  const guard = createNetworkGuard(policy);
  const agent = createGuardedAgent(guard, { connectTimeoutMs: 10_000, maxHeaderBytes: 16 * 1024 });
  return {
    fetch: async (input, init) => {
      const url = new URL(input);
      guard.checkUrl(url);
      const { body, statusText, status, headers } = await fetch(url, {
        method: init?.method ?? "GET",
        headers: [...new Headers(init?.headers)],
        body: toBody(init?.body),
        signal: init?.signal ?? null,
        redirect: "manual",
        dispatcher: agent,
      });
      const limited = body?.pipeThrough(createByteLimit(maxResponseBytes)) ?? null;
      return new Response(limited, { status, statusText, headers: [...headers] });
    },
    close: async () => agent.destroy(),
  };
}

function toBody(body: unknown): string | null {
  if (body === undefined || body === null || typeof body === "string") return body ?? null;
  throw new TypeError("Only text is sent.");
}

function createByteLimit(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      seen += chunk.byteLength;
      if (seen <= limit) controller.enqueue(chunk);
      else controller.error(new Error(`The answer is larger than ${limit} bytes.`));
    },
  });
}
