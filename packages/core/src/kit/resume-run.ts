import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import { contentHash } from "../json/content-hash.ts";
import { originOf, resolveDefinition } from "../run/definitions.ts";
import type { DriveOptions } from "../run/engine-ports.ts";
import { toInterruption } from "../session/interruption.ts";
import { hasPrompt } from "../session/session-state.ts";
import type { ActiveRun, CallState, SessionState } from "../session/session-state.ts";
import type { CallDecision, ResumeOptions } from "./run-options.ts";
import type { KitContext } from "../run/kit-context.ts";

/**
 * Says what taking up a session's run starts from; `undefined` when there is nothing to take up.
 *
 * @throws AgentKitError `tool_call_not_waiting` for a decision on a call that does not wait, `agent_not_found`.
 */
export async function prepareResume(
  context: KitContext,
  state: SessionState,
  options: ResumeOptions,
): Promise<Omit<DriveOptions, "streaming"> | undefined> {
  const { active } = state;
  const decisions = options.decisions ?? [];
  if (active === undefined) {
    checkNoDecisions(state, decisions);
    return undefined;
  }
  const suspended = active.turn.status === "suspended";
  if (suspended && decisions.length === 0) return undefined;
  if (!hasPrompt(active)) return undefined;
  if (!suspended) checkNoDecisions(state, decisions);
  const observed = suspended ? toDecided(state.session, active, decisions) : toInterruption(active);
  const definition = await resolveDefinition(originOf(state, active), context.agents, context.ports.contents);
  const actor = suspended ? (options.actor ?? "person:unknown") : undefined;
  const writer = context.nextWriter();
  return { state, run: active.turn.run, definition, observed, actor, writer, signal: options.signal };
}

function checkNoDecisions(state: SessionState, decisions: readonly CallDecision[]): void {
  const [first] = decisions;
  if (first !== undefined) throw notWaiting(first.callId, state.session);
}

function toDecided(session: string, active: ActiveRun, decisions: readonly CallDecision[]): readonly EventDraft[] {
  const twice = decisions.find(({ callId }, index) =>
    decisions.slice(index + 1).some((other) => other.callId === callId),
  );
  if (twice !== undefined) throw decidedTwice(twice.callId);
  const drafts = decisions.map((decision) => {
    const call = active.calls.get(decision.callId);
    if (call?.status !== "unknown") throw notWaiting(decision.callId, session);
    return toDraft(decision, call);
  });
  return [...drafts, { type: "RunResumed", data: { reason: "decided" } }];
}

function toDraft(decision: CallDecision, call: CallState): EventDraft {
  const { callId } = decision;
  switch (decision.outcome) {
    case "succeeded":
      return { type: "ToolCallSucceeded", data: { callId, output: decision.output } };
    case "failed":
      return { type: "ToolCallFailed", data: { callId, code: "decided_failed", message: decision.message } };
    case "retry": {
      const argumentsHash = contentHash(call.item.arguments);
      const reason = decision.reason === undefined ? {} : { reason: decision.reason };
      return { type: "ToolCallApproved", data: { callId, argumentsHash, ...reason } };
    }
  }
}

function notWaiting(callId: string, session: string): AgentKitError {
  const message = `Tool call '${callId}' of session '${session}' does not wait for a decision. Look at the session for those that do.`;
  return new AgentKitError("tool_call_not_waiting", message, { param: "decisions" });
}

function decidedTwice(callId: string): AgentKitError {
  const message = `Tool call '${callId}' is decided twice. Decide once on each call.`;
  return new AgentKitError("tool_call_not_waiting", message, { param: "decisions" });
}
