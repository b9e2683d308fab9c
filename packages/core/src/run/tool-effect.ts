import { anonymous } from "../access/principal.ts";
import type { ToolContext, ToolSuspension } from "../agent/tool-context.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { Clock } from "../runtime/clock.ts";
import type { PlannedCall } from "../session/step.ts";
import type { EffectOutput } from "./effect-set.ts";

/** What a tool call needs. */
export interface ToolEffectOptions {
  readonly planned: PlannedCall;
  readonly session: string;
  readonly run: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long a tool may take to stop after it was told to, in milliseconds. */
const graceMs = 2_000;

/**
 * Runs a tool within its time and observes the outcome. A tool with side effects that did not end by itself has an unknown
 * outcome: it may have taken effect.
 */
export async function* callTool(options: ToolEffectOptions): AsyncGenerator<EffectOutput, void> {
  const { planned, clock, signal } = options;
  const stop = new AbortController();
  const done = new AbortController();
  const context = toToolContext(options, AbortSignal.any([signal, stop.signal]));
  const result = settle(() => planned.tool.execute(planned.input, context), context.signal);
  const deadline = sleepUnless(clock, planned.tool.timeoutMs, AbortSignal.any([signal, done.signal]));
  const first = await Promise.race([result, deadline]);
  if (first === undefined) stop.abort("time is up");
  const last = first ?? (await Promise.race([result, sleepUnless(clock, graceMs, done.signal)]));
  done.abort("settled");
  yield { type: "observed", drafts: [toOutcome(planned, last, signal.aborted)] };
}

/** Asks a tool what became of calls whose outcome is unknown. It only looks, so that asking twice does no harm. */
export async function* reconcileTools(calls: readonly ToolEffectOptions[]): AsyncGenerator<EffectOutput, void> {
  const drafts = await Promise.all(calls.map(reconcileOne));
  yield { type: "observed", drafts };
}

async function reconcileOne(options: ToolEffectOptions): Promise<EventDraft> {
  const { callId } = options.planned.call;
  const context = toToolContext(options, options.signal);
  try {
    const found = await options.planned.tool.reconcile?.(options.planned.input, context);
    switch (found?.status) {
      case "succeeded":
        return { type: "ToolCallSucceeded", data: { callId, output: toText(found.output) } };
      case "failed":
        return { type: "ToolCallFailed", data: { callId, code: "tool_failed", message: toText(found.message) } };
      case "not_executed":
        return unknown(callId, "reconciled: it was not executed", "retry");
      default:
        return unknown(callId, "reconciled: the tool does not know either", "ask");
    }
  } catch (error) {
    return unknown(callId, `reconciling failed: ${toMessage(error)}`, "ask");
  }
}

function unknown(callId: string, reason: string, policy: "retry" | "ask"): EventDraft {
  return { type: "ToolCallOutcomeUnknown", data: { callId, reason, policy } };
}

function toToolContext({ planned, session, run }: ToolEffectOptions, signal: AbortSignal): ToolContext {
  const { call, idempotencyKey, attempt } = planned;
  const runAgent = async (): Promise<never> => Promise.reject(new Error("not wired"));
  return { session, run, callId: call.callId, idempotencyKey, attempt, signal, principal: anonymous, agent: "", runAgent };
}

type Settled =
  | { readonly ok: true; readonly output: string }
  /** `stopped`: it was told to stop before it failed, so that the failure does not say how far it had come. */
  | { readonly ok: false; readonly message: string; readonly stopped: boolean };

async function settle(execute: () => Promise<string | ToolSuspension>, signal: AbortSignal): Promise<Settled> {
  try {
    const output = await execute();
    return { ok: true, output: toText(typeof output === "string" ? output : "") };
  } catch (error) {
    return { ok: false, message: toMessage(error), stopped: signal.aborted };
  }
}

async function sleepUnless(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<undefined> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    // Woken early: what woke it is in the signal.
  }
  return undefined;
}

function toOutcome({ call, tool }: PlannedCall, settled: Settled | undefined, cancelled: boolean): EventDraft {
  const { callId } = call;
  if (settled?.ok === true) return { type: "ToolCallSucceeded", data: { callId, output: settled.output } };
  if (settled?.stopped === false) {
    return { type: "ToolCallFailed", data: { callId, code: "tool_failed", message: settled.message } };
  }
  const reason = cancelled ? "cancelled" : "timed_out";
  if (tool.sideEffects === "none") {
    const message = cancelled ? "The run was cancelled." : `The tool took longer than ${tool.timeoutMs} ms.`;
    return { type: "ToolCallFailed", data: { callId, code: reason, message } };
  }
  return { type: "ToolCallOutcomeUnknown", data: { callId, reason, policy: tool.onUnknownOutcome } };
}

function toMessage(error: unknown): string {
  if (error instanceof Error) return toText(error.message);
  return typeof error === "string" ? toText(error) : "The tool failed without saying why.";
}

// JSON cannot carry half a surrogate pair, and an outcome that cannot be recorded would be one that nobody knows.
function toText(text: string): string {
  return text.toWellFormed();
}
