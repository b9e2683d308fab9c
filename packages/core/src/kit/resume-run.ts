import { anonymous, parsePrincipal } from "../access/principal.ts";
import type { Principal } from "../access/principal.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import { contentHash } from "../json/content-hash.ts";
import { originOf, resolveDefinition } from "../run/definitions.ts";
import type { DriveOptions } from "../run/engine-ports.ts";
import { definitionSource } from "../run/kit-context.ts";
import type { KitContext } from "../run/kit-context.ts";
import { toInterruption } from "../session/interruption.ts";
import { argumentsOf } from "../session/call-state.ts";
import { hasPrompt } from "../session/session-state.ts";
import type { ActiveRun, SessionState } from "../session/session-state.ts";
import { ancestorBudget } from "./ancestor-budget.ts";
import { decideApproval } from "./decide-approval.ts";
import type { ApprovalDecision, CallDecision, OutcomeDecision, ResumeOptions } from "./run-options.ts";
import { toVoided } from "./void-approvals.ts";
import { toWakeUp } from "./wake-up.ts";
import type { WakeUpOptions } from "./wake-up.ts";

/**
 * Says what taking up a session's run starts from; `undefined` when there is nothing to take up. A run that waits is taken
 * up by decisions, or because what it waits for is there: a sub-run that is over, a time, an approval that came too late.
 *
 * @throws AgentKitError `tool_call_not_waiting` for a decision on a call that does not wait, `agent_not_found`, and what
 * `decideApproval` throws.
 */
export async function prepareResume(
  context: KitContext,
  state: SessionState,
  options: ResumeOptions & WakeUpOptions,
): Promise<PreparedDrive | undefined> {
  const { active } = state;
  const decisions = options.decisions ?? [];
  const decided = await toDecided(context, state, { ...options, decisions });
  if (active === undefined || !hasPrompt(active)) return undefined;
  const happened = await toContinuation(context, { state, active, decided }, options);
  if (happened.length === 0) return undefined;
  const definition = await resolveDefinition(originOf(state, active), definitionSource(context));
  const budget = await ancestorBudget(context, state);
  const isDriven = active.turn.status !== "suspended" && decided.length > 0;
  return {
    state,
    run: active.turn.run,
    definition,
    observed: [...toVoided(context, state, active), ...happened],
    ...(decided.length > 0 && { actor: toActor(options) }),
    writer: context.nextWriter(),
    signal: options.signal,
    ...(budget && { budget }),
    // Whoever drives the run would lose it to the decision; it is decided on again when the run waits.
    ...(isDriven && { unlessHeld: true }),
  };
}

/** A drive that is ready to begin. */
export type PreparedDrive = Omit<DriveOptions, "streaming">;

interface Decided {
  readonly state: SessionState;
  readonly active: ActiveRun;
  readonly decided: readonly EventDraft[];
}

async function toContinuation(
  context: KitContext,
  { state, active, decided }: Decided,
  options: WakeUpOptions,
): Promise<readonly EventDraft[]> {
  if (active.turn.status !== "suspended") return [...decided, ...toInterruption(active)];
  if (decided.length > 0) return [...decided, { type: "RunResumed", data: { reason: "decided" } }];
  return toWakeUp(context.ports, state, options);
}

function toActor({ actor, approver }: ResumeOptions): string {
  return actor ?? `person:${approver?.user ?? "unknown"}`;
}

interface Decisions extends ResumeOptions {
  readonly decisions: readonly CallDecision[];
}

async function toDecided(
  context: KitContext,
  state: SessionState,
  { decisions, approver }: Decisions,
): Promise<readonly EventDraft[]> {
  checkOnce(decisions);
  const outcomes = decisions.filter(isOutcome).map((decision) => toDraft(decision, state));
  const approvals: EventDraft[] = [];
  for (const decision of decisions) {
    if (!isOutcome(decision))
      approvals.push(...(await decideApproval(context, state, { decision, approver: toApprover(approver) })));
  }
  return [...outcomes, ...approvals];
}

function toApprover(approver: Principal = anonymous): Principal {
  const parsed = parsePrincipal(approver);
  if (parsed !== undefined) return parsed;
  const message = "An approver has roles, and may have a user and a tenant: names of 1 to 200 characters.";
  throw new AgentKitError("input_invalid", message, { param: "approver" });
}

function isOutcome(decision: ApprovalDecision | OutcomeDecision): decision is OutcomeDecision {
  return decision.outcome !== "approve" && decision.outcome !== "deny";
}

function checkOnce(decisions: readonly CallDecision[]): void {
  const twice = decisions.find(({ callId }, index) =>
    decisions.slice(index + 1).some((other) => other.callId === callId),
  );
  if (twice !== undefined) throw decidedTwice(twice.callId);
}

function toDraft(decision: OutcomeDecision, { active, session }: SessionState): EventDraft {
  const { callId } = decision;
  const call = active?.turn.status === "suspended" ? active.calls.get(callId) : undefined;
  if (call?.status !== "unknown") throw notWaiting(callId, session);
  switch (decision.outcome) {
    case "succeeded":
      return { type: "ToolCallSucceeded", data: { callId, output: decision.output } };
    case "failed":
      return { type: "ToolCallFailed", data: { callId, code: "decided_failed", message: decision.message } };
    case "retry": {
      const argumentsHash = contentHash(argumentsOf(call));
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
