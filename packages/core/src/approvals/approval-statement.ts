import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import { argumentsOf } from "../session/call-state.ts";
import type { ApprovalState, CallState } from "../session/call-state.ts";

type Given = NonNullable<ApprovalState["given"]>;

/** What a signed approval says: who approved which call of which run, with exactly which arguments, until when. */
export function toApprovalStatement(
  place: { readonly session: string; readonly run: string },
  call: CallState,
  given: Omit<Given, "signature" | "keyId">,
): string {
  const { id, approver, policy, expires } = given;
  const { callId } = call;
  const argumentsHash = contentHash(argumentsOf(call));
  return `agentkit approval v1\n${canonicalJson({ ...place, callId, argumentsHash, id, approver: { ...approver }, policy, expires })}`;
}
