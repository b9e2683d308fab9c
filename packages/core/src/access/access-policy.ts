import type { SideEffects } from "../agent/tool.ts";
import type { JsonValue } from "../json/json.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { Principal } from "./principal.ts";

/** May this principal, through this agent, use this tool? */
export interface AccessRequest {
  readonly principal: Principal;
  /** The agent that would call the tool. */
  readonly agent: string;
  readonly tool: {
    readonly name: string;
    readonly tags: readonly string[];
    readonly sideEffects: SideEffects;
  };
  /**
   * The call's arguments; absent when the question is whether the model is shown the tool at all. A call is asked about twice:
   * with the arguments as the model wrote them, and with what the tool's schema made of them; a denial of either denies it. What
   * the schema made into something that is no JSON (a date, an instance of a class) is only seen as it was written.
   */
  readonly arguments?: JsonValue;
}

/** The answer, and the rule that gave it. */
export interface AccessDecision {
  readonly effect: "allow" | "deny";
  /** The id of the rule that decided, for the record. */
  readonly rule: string;
}

/**
 * Who may use which tool. Deny by default; a rule that denies wins over any that allows. `decide` is pure: a
 * replay asks again and must get the same answer. One that throws, or answers with anything else, denies. `createAccessPolicy` of
 * `@agentkit/tools` makes one from rules.
 */
export interface AccessPolicy {
  readonly id: string;
  readonly version: string;
  /** SHA-256 of the rules, so that a record says which text of the policy decided. */
  readonly hash: ContentHash;
  decide(request: AccessRequest): AccessDecision;
}
