import { z } from "zod";
import { decideAccess } from "../access/decide-access.ts";
import { toJudgedArguments } from "../access/judged-arguments.ts";
import type { AccessDecision } from "../access/access-policy.ts";
import type { ParsedArguments, Tool } from "../agent/tool.ts";
import { derivedId, idempotencyKey } from "../events/event-id.ts";
import { contentHash } from "../json/content-hash.ts";
import type { JsonValue } from "../json/json.ts";
import { parseJson } from "../json/parse-json.ts";
import { argumentsOf } from "./call-state.ts";
import type { CallState } from "./call-state.ts";
import type { RunDefinition } from "./run-definition.ts";
import type { ActiveRun, SessionState } from "./session-state.ts";
import type { CallToApprove, DeniedCall, PlannedCall, Step } from "./step.ts";

/** What calls are planned in. */
export interface Situation {
  readonly state: SessionState;
  readonly active: ActiveRun;
  readonly definition: RunDefinition;
}

type Plan =
  | { readonly type: "start"; readonly planned: PlannedCall }
  | { readonly type: "deny"; readonly denied: DeniedCall }
  | { readonly type: "approve"; readonly toApprove: CallToApprove };

/** Decides for each call whether it starts, is refused, or waits for an approval first. */
export function planCalls(calls: readonly CallState[], situation: Situation): Extract<Step, { type: "callTools" }> {
  const plans = calls.map((call) => planCall(call, situation));
  return {
    type: "callTools",
    calls: plans.flatMap((plan) => (plan.type === "start" ? [plan.planned] : [])),
    denied: plans.flatMap((plan) => (plan.type === "deny" ? [plan.denied] : [])),
    toApprove: plans.flatMap((plan) => (plan.type === "approve" ? [plan.toApprove] : [])),
  };
}

/** Plans to ask the tools what became of calls; those whose tool can no longer tell are left to a person. */
export function planReconciliation(calls: readonly CallState[], situation: Situation): readonly PlannedCall[] {
  const plans = calls.map((call) => planStart(call, situation));
  return plans.flatMap((plan) => (plan.type === "start" && plan.planned.tool.reconcile ? [plan.planned] : []));
}

/** The names that the model is shown. */
function shownNames({ call }: RunDefinition): readonly string[] {
  return call.tools.map(({ name }) => name);
}

function planCall(call: CallState, situation: Situation): Plan {
  const plan = planStart(call, situation);
  if (plan.type !== "start" || call.approval?.given !== undefined) return plan;
  const { tool, input, access } = plan.planned;
  if (!needsApproval(tool, input, situation.definition)) return plan;
  return { type: "approve", toApprove: { call, access, request: toApprovalRequest(call, tool, situation) } };
}

function planStart(call: CallState, situation: Situation): Plan {
  const { state, active, definition } = situation;
  const tool = definition.agent.tools.find(({ name }) => name === call.item.name);
  if (tool === undefined) return notFound(call, definition);
  const value = toJson(argumentsOf(call));
  // Before the schema is asked, which would tell somebody who may not use the tool what it takes.
  const raw = decideCall(tool, value?.json, definition);
  if (raw?.effect === "deny") return accessDenied(call, raw, definition);
  const parsed = value === undefined ? notJson : parseArguments(tool, value.json);
  if (!parsed.ok) {
    return { type: "deny", denied: { call, access: raw, code: "arguments_invalid", message: parsed.message } };
  }
  // The tool gets what its schema made of the arguments: a rule must not miss that for having been written otherwise.
  const access = decideCall(tool, toJudgedArguments(parsed.value, value?.json ?? null), definition);
  if (access?.effect === "deny") return accessDenied(call, access, definition);
  // Some models number their calls anew in each answer.
  const key = idempotencyKey(state.session, active.turn.run, `${active.answers}:${call.callId}`);
  const attempt = call.attempts + 1;
  return { type: "start", planned: { call, tool, input: parsed.value, attempt, idempotencyKey: key, access } };
}

/** What is decided about a call, and once its arguments are accepted, about what the tool would get. */
function decideCall(
  tool: Tool,
  given: JsonValue | undefined,
  { access, agent }: RunDefinition,
): AccessDecision | undefined {
  return decideAccess(access, agent.name, { tool, ...(given !== undefined && { arguments: given }) });
}

function notFound(call: CallState, definition: RunDefinition): Plan {
  const known = shownNames(definition).join(", ") || "none";
  const message = `There is no tool '${call.item.name}'. Tools: ${known}.`;
  return { type: "deny", denied: { call, code: "tool_not_found", message } };
}

// A tool that the model is not shown is, to the model, none.
function accessDenied(call: CallState, access: AccessDecision, definition: RunDefinition): Plan {
  const { name } = call.item;
  const known = shownNames(definition);
  const message = known.includes(name)
    ? `You may not use the tool '${name}' with these arguments.`
    : `There is no tool '${name}'. Tools: ${known.join(", ") || "none"}.`;
  return { type: "deny", denied: { call, access, code: "access_denied", message } };
}

function toJson(text: string): { readonly json: JsonValue } | undefined {
  try {
    return { json: parseJson(text) };
  } catch {
    return undefined;
  }
}

const notJson: ParsedArguments = { ok: false, message: "The arguments are no valid JSON." };

function parseArguments(tool: Tool, value: JsonValue): ParsedArguments {
  try {
    const parsed = parsedSchema.parse(tool.parse(value));
    return parsed.ok ? parsed : { ok: false, message: parsed.message.toWellFormed() };
  } catch {
    // A schema may throw as well (a transform, a refinement that waits), which says as much as a refusal.
    return { ok: false, message: "The arguments were not accepted." };
  }
}

const parsedSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);

function needsApproval({ approval }: Tool, input: unknown, { access }: RunDefinition): boolean {
  if (approval === undefined || approval.when === "never") return false;
  if (approval.when === "always") return true;
  try {
    // One that gives anything else than a plain no cannot tell either.
    const needed: unknown = approval.when(input, access.principal);
    return needed !== false;
  } catch {
    // A rule that cannot tell leaves it to a person.
    return true;
  }
}

function toApprovalRequest(call: CallState, tool: Tool, situation: Situation): CallToApprove["request"] {
  const { state, active, definition } = situation;
  const count = (call.approvals ?? 0) + 1;
  const { policy } = definition.access;
  const { agent } = definition;
  return {
    callId: call.callId,
    approval: derivedId("approval", state.session, active.turn.run, `${active.answers}:${call.callId}`, String(count)),
    tool: tool.name,
    argumentsHash: contentHash(argumentsOf(call)),
    roles: [...(tool.approval?.roles ?? [])],
    policy: policy === undefined ? `agent:${agent.name}@${agent.version}` : `${policy.id}@${policy.version}`,
    validForMs: tool.approval?.validForMs ?? 0,
  };
}
