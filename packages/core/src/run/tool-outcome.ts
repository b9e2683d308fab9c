import type { ToolSuspension } from "../agent/tool-context.ts";
import type { Tool } from "../agent/tool.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventData, EventDraft } from "../events/catalogue.ts";
import { contentHash } from "../json/content-hash.ts";
import type { PlannedCall } from "../session/step.ts";
import type { AcceptOutput } from "./accept-output.ts";
import { parseFailure, toMessage, toText } from "./parse-failure.ts";

/** How an attempt at a tool call ended. */
export type Settled =
  | { readonly type: "succeeded"; readonly output: string }
  | { readonly type: "suspended"; readonly suspension: ToolSuspension }
  /** `stopped`: it was told to stop before it failed, so that the failure does not say how far it had come. */
  | { readonly type: "failed"; readonly error: unknown; readonly stopped: boolean }
  /** It has not ended, although it was told to. */
  | { readonly type: "hanging" };

/** What an outcome is made with. */
export interface OutcomeOptions {
  /** Whether the run was stopped. */
  readonly cancelled: boolean;
  readonly blobs: BlobStore | undefined;
  /** Looks at what the tool gave. */
  readonly accept: AcceptOutput;
}

/**
 * The event that says how an attempt ended. A tool with side effects that did not end by itself has an unknown outcome: it
 * may have taken effect.
 */
export async function toOutcome(planned: PlannedCall, settled: Settled, options: OutcomeOptions): Promise<EventDraft> {
  const { callId } = planned.call;
  switch (settled.type) {
    case "succeeded": {
      const { text, ...trust } = await options.accept(settled.output);
      const output = await toOutput(planned.tool, text, options.blobs);
      return { type: "ToolCallSucceeded", data: { callId, ...output, ...trust } };
    }
    case "suspended":
      return { type: "ToolCallSuspended", data: { callId, waitsFor: settled.suspension.waitsFor } };
    case "failed":
      return settled.stopped && !hasNotRun(settled.error)
        ? toUnfinished(planned, options)
        : toFailure(planned, settled.error, options.accept);
    case "hanging":
      return toUnfinished(planned, options);
  }
}

/** The codes of tools that were never begun: their failure is one, whatever else happened meanwhile. */
const notRunCodes: ReadonlySet<string> = new Set(["tool_busy", "tool_circuit_open", "tool_program_not_started"]);

function hasNotRun(error: unknown): boolean {
  const { code } = parseFailure(error);
  return code !== undefined && notRunCodes.has(code);
}

/** The event for a call whose run was stopped before its tool was begun. */
export function toNotBegun({ call }: PlannedCall): EventDraft {
  const message = "The run was stopped before the tool was begun.";
  return { type: "ToolCallFailed", data: { callId: call.callId, code: "cancelled", message } };
}

function toUnfinished(planned: PlannedCall, { cancelled }: OutcomeOptions): EventDraft {
  const { call, tool } = planned;
  const { callId } = call;
  const reason = cancelled ? "cancelled" : "timed_out";
  if (tool.sideEffects !== "none") return toUnknown(planned, reason);
  const message = cancelled ? "The run was cancelled." : `The tool took longer than ${tool.timeoutMs} ms.`;
  const retry = cancelled ? {} : toRetry(planned);
  return { type: "ToolCallFailed", data: { callId, code: reason, message, ...retry } };
}

async function toFailure(planned: PlannedCall, error: unknown, accept: AcceptOutput): Promise<EventDraft> {
  const { callId } = planned.call;
  const { code = "tool_failed", message, retryable, retryAfterMs } = parseFailure(error);
  const { text: accepted, ...trust } = await accept(message);
  const text = toMessage(accepted);
  if (code === "tool_outcome_unknown") return toUnknown(planned, text);
  const retry = retryable === false ? {} : toRetry(planned, retryAfterMs);
  return { type: "ToolCallFailed", data: { callId, code, message: text, ...retry, ...trust } };
}

function toUnknown({ call, tool }: PlannedCall, reason: string): EventDraft {
  return { type: "ToolCallOutcomeUnknown", data: { callId: call.callId, reason, policy: tool.onUnknownOutcome } };
}

// The delay is recorded, so that a replay waits for none and decides the same.
function toRetry({ tool, attempt, idempotencyKey }: PlannedCall, askedMs = 0): { retryAfterMs?: number } {
  const { retry, sideEffects } = tool;
  if (retry === undefined || sideEffects === "unsafe" || attempt >= retry.attempts) return {};
  const backoff = Math.min(retry.delayMs * 2 ** (attempt - 1), retry.maxDelayMs);
  const jittered = backoff / 2 + (backoff / 2) * jitterOf(`${idempotencyKey}:${attempt}`);
  return { retryAfterMs: Math.round(Math.max(jittered, askedMs)) };
}

// From 0 to 1, and as good as random: calls that failed together do not come back together.
function jitterOf(text: string): number {
  const digits = contentHash(text).slice("sha256:".length, "sha256:".length + 8);
  return Number.parseInt(digits, 16) / 0xffff_ffff;
}

/** Bytes of output that the model gets where a tool says nothing else. */
const defaultMaxOutputBytes = 65_536;

/** What the model gets of an output, and where the whole is if that is more. */
export type ToolOutput = Pick<EventData<"ToolCallSucceeded">, "output" | "blob">;

/** Cuts an output that is longer than its tool may give, and keeps the whole beside the log. Never rejects. */
export async function toOutput(tool: Tool, text: string, blobs: BlobStore | undefined): Promise<ToolOutput> {
  const { maxOutputBytes = defaultMaxOutputBytes } = tool;
  // A character is three bytes at most: most outputs need not be encoded to see that they fit.
  if (text.length * 3 <= maxOutputBytes) return { output: toText(text) };
  const bytes = Buffer.from(text, "utf8");
  if (bytes.byteLength <= maxOutputBytes) return { output: toText(text) };
  const shown = bytes
    .subarray(0, maxOutputBytes)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
  const size = `[The output has ${bytes.byteLength} bytes; the first ${maxOutputBytes} are above.`;
  if (blobs === undefined) return { output: `${shown}\n${size} The rest was not kept.]` };
  try {
    const hash = await blobs.put(bytes);
    return { output: `${shown}\n${size} The whole is kept as ${hash}.]`, blob: { hash, bytes: bytes.byteLength } };
  } catch (error) {
    // The tool ran: that its output is too long for a full disk must not make its outcome unknown.
    const code = AgentKitError.is(error) ? error.code : "store_unavailable";
    return { output: `${shown}\n${size} The rest could not be kept (${code}).]` };
  }
}
