import type { AgentEvent, EventData } from "@agentkit/core";
import { describePrincipal, describeRoles } from "./describe-principal.ts";
import { describeOutcome, type KnownCalls } from "./known-calls.ts";

/** What an event of who may do what records, in a few words; `undefined` for events of other kinds. */
export function describeAccessEvent(event: AgentEvent, calls: KnownCalls): string | undefined {
  switch (event.type) {
    case "AccessDecided":
      return describeAccess(event.data);
    case "ApprovalRequested": {
      const { roles, validForMs } = event.data;
      const until = new Date(Date.parse(event.time) + validForMs).toISOString();
      return describeOutcome(event.data, calls, `waits for ${describeRoles(roles)} until ${until.slice(0, 19)}Z`);
    }
    case "ApprovalVoided":
      return describeOutcome(event.data, calls, `approval does not hold: ${event.data.reason}`);
    case "ApprovalRefused":
      return describeRefusal(event.data);
    default:
      return undefined;
  }
}

/** What was decided about a call, or about which tools the model is shown. */
function describeAccess({ callId, decisions }: EventData<"AccessDecided">): string {
  const parts = decisions.map(({ effect, rule, tools }) => {
    return `${accessWord(effect, callId)} ${tools.join(", ")} (rule ${rule})`;
  });
  return `${parts.join(" · ")}${callId === undefined ? "" : ` · ${callId}`}`;
}

/** Whether a tool is shown to the model or hidden, or a call of it allowed or denied. */
export function accessWord(effect: "allow" | "deny", callId: string | undefined): string {
  if (callId === undefined) return effect === "allow" ? "shown" : "hidden";
  return effect === "allow" ? "allowed" : "denied";
}

/** Who wanted to decide on an approval, and why that was refused. */
export function describeRefusal({ reason, outcome, approver, callId }: EventData<"ApprovalRefused">): string {
  const call = callId === undefined ? "" : ` · ${callId}`;
  return `${reason}: ${describePrincipal(approver)} wanted to ${outcome ?? "decide"}${call}`;
}

/** An approval names who gave it; that a call of unknown outcome is run again has only an actor. */
export function describeApproval(
  { data, meta }: Extract<AgentEvent, { readonly type: "ToolCallApproved" }>,
  mask = (text: string): string => text,
): string {
  const { approval, arguments: edited, reason } = data;
  const by = approval === undefined ? (meta.actor ?? "nobody named") : describePrincipal(approval.approver);
  const changed = edited === undefined ? "" : `, with other arguments ${mask(edited)}`;
  return `by ${by}${changed}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Why a call was refused, and by whom where a person did. */
export function describeDenial({ code, message, approval }: EventData<"ToolCallDenied">): string {
  const by = approval?.approver === undefined ? "" : ` by ${describePrincipal(approval.approver)}`;
  return `${code}${by}: ${message}`;
}
