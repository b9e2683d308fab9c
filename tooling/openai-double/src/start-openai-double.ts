import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { answerError } from "./answer.ts";
import { answerHeaders } from "./answer-headers.ts";
import { createConversationStore } from "./conversation-store.ts";
import { deliver } from "./deliver.ts";
import type { DoubleState } from "./double-state.ts";
import { createIdSource } from "./id-source.ts";
import type { ModerationWords } from "./moderations.ts";
import { defaultModerationWords } from "./moderations.ts";
import type { RecordedRequest } from "./request-journal.ts";
import { openRequest } from "./request-journal.ts";
import { routeRequest } from "./route-request.ts";
import type { Rule } from "./rules.ts";
import { createRuleBook } from "./rules.ts";

/** How a double is set up; everything has a default. */
export interface OpenAIDoubleOptions {
  /** The script. The first rule that matches a request answers it; without one the double echoes. */
  readonly rules?: readonly Rule[];
  /** The key that requests must carry. Default: any or none. */
  readonly apiKey?: string;
  /** The models that exist, embedding models included. Default: every name is a model. */
  readonly models?: readonly string[];
  /** How long every answer waits before its first byte. */
  readonly latencyMs?: number;
  /** Default 0: a free port. */
  readonly port?: number;
  /** Words that the moderation endpoint scores, beside `defaultModerationWords`. */
  readonly moderationWords?: ModerationWords;
}

/** A running double of the OpenAI server. */
export interface OpenAIDouble extends AsyncDisposable {
  /** The base URL for a client, such as `http://127.0.0.1:4010/v1`. */
  readonly url: string;
  /** Every request that arrived whole, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** The rules in force, in order. */
  readonly rules: readonly Rule[];
  /** Puts a rule before all others. */
  use(rule: Rule): void;
  /** Forgets requests and stored responses, and goes back to the rules of the start. */
  reset(): void;
  /** Stops listening and destroys open sockets; afterwards nothing keeps the process alive. */
  close(): Promise<void>;
}

/**
 * Starts a test double of the OpenAI server on the loopback interface. It speaks the Responses API (plain and streamed),
 * embeddings, moderations and models over real HTTP, as the official SDK's types describe them.
 *
 * @example
 * ```ts
 * await using double = await startOpenAIDouble({ rules: [{ when: "hello", reply: text("Hello yourself.") }] });
 * const client = new OpenAI({ baseURL: double.url, apiKey: "any" });
 * ```
 */
export async function startOpenAIDouble(options: OpenAIDoubleOptions = {}): Promise<OpenAIDouble> {
  const state = createState(options);
  const requests: RecordedRequest[] = [];
  const closing = new AbortController();
  // Node closes idle connections after five seconds, just when a client may reuse one, and the client sees a reset.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A client that leaves makes the exchange reject; that is its recorded outcome, and nobody else's concern.
    exchange({ request, response, state, requests, closing: closing.signal, latencyMs: options.latencyMs ?? 0 }).catch(
      () => response.destroy(),
    );
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    closing.abort();
    if (server.listening) {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    }
  };
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/v1`,
    requests,
    get rules() {
      return state.rules.rules;
    },
    use: (rule) => {
      state.rules.use(rule);
    },
    reset: () => {
      requests.length = 0;
      state.store.clear();
      state.rules.reset();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createState(options: OpenAIDoubleOptions): DoubleState {
  return {
    rules: createRuleBook(options.rules ?? []),
    store: createConversationStore(),
    apiKey: options.apiKey,
    models: options.models,
    moderationWords: { ...defaultModerationWords, ...options.moderationWords },
    nextId: createIdSource(),
    now: () => Math.floor(Date.now() / 1000),
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: DoubleState;
  readonly requests: RecordedRequest[];
  readonly closing: AbortSignal;
  readonly latencyMs: number;
}

async function exchange({ request, response, state, requests, closing, latencyMs }: Exchange): Promise<void> {
  const bytes = await buffer(request);
  const startedAt = performance.now();
  const body = parseJson(bytes);
  const method = request.method ?? "GET";
  const path = request.url ?? "/";
  const open = openRequest({ method, path, headers: request.headers, body: body ?? toText(bytes), at: new Date() });
  requests.push(open.recorded);

  const gone = new AbortController();
  let dropped = false;
  response.once("close", () => {
    open.settle(response.writableFinished ? "answered" : dropped || closing.aborted ? "dropped" : "aborted");
    gone.abort();
  });
  const connection = {
    response,
    signal: gone.signal,
    drop() {
      dropped = true;
      response.destroy();
    },
  };

  const nextId = state.nextId(bytes.toString("latin1"));
  const route = { method, path: path.replace(/\?.*$/s, ""), authorization: request.headers.authorization, body };
  const answer = await routeRequest(route, state).catch(answerThrown);
  await setTimeout(latencyMs, undefined, { signal: gone.signal });
  const processingMs = performance.now() - startedAt;
  await deliver(answer, answerHeaders({ nextId, earlier: requests.length - 1, processingMs }), connection);
}

/** A rule that throws is a mistake in a test: say so at once, where the client's retries would only hide it. */
function answerThrown(thrown: unknown): Answer {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return answerError(
    { status: 500, message: `A rule of the double threw: ${reason}`, type: "server_error", param: null, code: null },
    { "x-should-retry": "false" },
  );
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function toText(bytes: Buffer): string | undefined {
  return bytes.length === 0 ? undefined : bytes.toString("utf8");
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") {
    throw new Error("The double listens on no TCP port.");
  }
  return address.port;
}
