import { z } from "zod";
import type { ToolContext } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { waitsForSchema } from "../events/tool-events.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { Clock } from "../runtime/clock.ts";
import type { PlannedCall } from "../session/step.ts";
import { toAcceptOutput } from "./accept-output.ts";
import type { EffectContext } from "./effect-context.ts";
import type { EffectOutput } from "./effect-set.ts";
import { toExecutionView } from "./execution-view.ts";
import { NoteChannel } from "./note-channel.ts";
import { toCallBranches, toToolContext } from "./tool-call-context.ts";
import { toNotBegun, toOutcome } from "./tool-outcome.ts";
import type { Settled } from "./tool-outcome.ts";

/** How long a tool may take to stop after it was told to, in milliseconds. */
const graceMs = 2_000;

/** Runs a tool within its time and observes the outcome, and on the way what it has to put on record. */
export async function* callTool(planned: PlannedCall, context: EffectContext): AsyncGenerator<EffectOutput, void> {
  const { ports, signal } = context;
  await sleepUnless(ports.clock, planned.call.retryAfterMs ?? 0, signal);
  if (signal.aborted) {
    yield { type: "observed", drafts: [toNotBegun(planned)] };
    return;
  }
  const notes = new NoteChannel();
  const settled = settleInTime(planned, context, notes);
  for (;;) {
    const first = await Promise.race([settled, notes.waiting()]);
    if (first !== undefined) break;
    yield { type: "observed", drafts: notes.take() };
  }
  const late: EventDraft[] = [];
  const accept = toAcceptOutput(planned, context, { before: notes.note, after: (draft) => void late.push(draft) });
  const outcome = await toOutcome(planned, await settled, { cancelled: signal.aborted, blobs: ports.blobs, accept });
  yield { type: "observed", drafts: [...notes.take(), outcome, ...late] };
}

async function settleInTime(planned: PlannedCall, context: EffectContext, notes: NoteChannel): Promise<Settled> {
  const { signal } = context;
  const { clock } = context.ports;
  const stop = new AbortController();
  const done = new AbortController();
  const own = { signal: AbortSignal.any([signal, stop.signal]), note: notes.note };
  const branches = toCallBranches(planned, context, own);
  const result = settle(planned, context, toToolContext(planned, context, { ...own, runAgent: branches.run }));
  const deadline = sleepUnless(clock, planned.tool.timeoutMs, AbortSignal.any([signal, done.signal]));
  const first = await Promise.race([result, deadline]);
  if (first === undefined) stop.abort(new AgentKitError("aborted", "The tool's time is up."));
  const last = first ?? (await Promise.race([result, sleepUnless(clock, graceMs, done.signal)]));
  await branches.close(async () => sleepUnless(clock, graceMs, done.signal));
  done.abort("settled");
  return last ?? { type: "hanging" };
}

async function settle(planned: PlannedCall, context: EffectContext, own: ToolContext): Promise<Settled> {
  let begun = false;
  try {
    const { tool, input } = await toExecutionView(planned, context);
    begun = true;
    const result: unknown = await tool.execute(input, own);
    if (typeof result === "string") return { type: "succeeded", output: result };
    const suspension = suspensionSchema.safeParse(result);
    if (suspension.success) return { type: "suspended", suspension: suspension.data };
    return { type: "failed", error: noOutput(), stopped: false };
  } catch (error) {
    return { type: "failed", error, stopped: begun && own.signal.aborted };
  }
}

// The types say that there is nothing else; a tool's code may not.
function noOutput(): AgentKitError {
  const message = "The tool ran, and gave neither text nor anything that it waits for.";
  return new AgentKitError("tool_result_invalid", message);
}

const suspensionSchema = z.object({ type: z.literal("suspended"), waitsFor: waitsForSchema });

/** Waits, and does not mind being woken early: what woke it is in the signal. */
export async function sleepUnless(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<undefined> {
  if (milliseconds === 0) return undefined;
  try {
    await clock.sleep(milliseconds, signal);
  } catch {
    // Woken early.
  }
  return undefined;
}
