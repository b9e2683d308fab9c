import { z } from "zod";
import type { Agent } from "../agent/define-agent.ts";
import type { Tool } from "../agent/tool.ts";
import { identifierSchema } from "../events/schemas.ts";
import type { JsonValue } from "../json/json.ts";
import type { AccessDecision, AccessPolicy, AccessRequest } from "./access-policy.ts";
import type { Principal } from "./principal.ts";

/** Who asks, and the policy that answers, if there is one. */
export interface AccessControl {
  readonly principal: Principal;
  readonly policy?: AccessPolicy | undefined;
}

/** What access is asked for: a tool, or a handoff, which is one without side effects. */
export type AccessSubject = Pick<Tool, "name" | "sideEffects" | "roles" | "tags">;

/** What a rule decided about the tools that an agent's model may be shown. */
export interface OfferDecision extends AccessDecision {
  readonly tools: readonly string[];
}

/**
 * Whether the principal may use a tool through an agent: the tool's own roles first, then the policy. `undefined` where
 * neither says anything: without a policy, whoever runs an agent may use the tools that name no roles.
 */
export function decideAccess(
  { principal, policy }: AccessControl,
  agent: string,
  call: { readonly tool: AccessSubject; readonly arguments?: JsonValue },
): AccessDecision | undefined {
  const { tool } = call;
  const { roles } = tool;
  if (roles !== undefined && !roles.some((role) => principal.roles.includes(role))) {
    return { effect: "deny", rule: "tool-roles" };
  }
  if (policy === undefined) return roles && { effect: "allow", rule: "tool-roles" };
  const { name, sideEffects, tags = [] } = tool;
  const given = call.arguments === undefined ? {} : { arguments: call.arguments };
  return ask(policy, { principal, agent, tool: { name, tags, sideEffects }, ...given });
}

const decisionSchema = z.object({ effect: z.enum(["allow", "deny"]), rule: identifierSchema });

// A policy that fails lets nobody in, and does not keep the run from going on.
function ask(policy: AccessPolicy, request: AccessRequest): AccessDecision {
  try {
    return decisionSchema.parse(policy.decide(request));
  } catch {
    return { effect: "deny", rule: "policy-failed" };
  }
}

/** What is decided about each of an agent's tools before its model is asked, a list for each rule; empty where nothing is. */
export function decideOffers(control: AccessControl, agent: Agent): readonly OfferDecision[] {
  const offers = new Map<string, { readonly decision: AccessDecision; readonly tools: string[] }>();
  for (const tool of accessSubjects(agent)) {
    const decision = decideAccess(control, agent.name, { tool });
    if (decision === undefined) continue;
    const key = `${decision.effect} ${decision.rule}`;
    const offer = offers.get(key) ?? { decision, tools: [] };
    offer.tools.push(tool.name);
    offers.set(key, offer);
  }
  return [...offers.values()].map(({ decision, tools }) => ({ ...decision, tools }));
}

/** Everything of an agent that its model can call. */
function accessSubjects(agent: Agent): readonly AccessSubject[] {
  return [...agent.tools, ...agent.handoffs.map(handoffSubject)];
}

/** A handoff as access is asked for it. */
export function handoffSubject({ name }: { readonly name: string }): AccessSubject {
  return { name, sideEffects: "none", tags: ["handoff"] };
}
