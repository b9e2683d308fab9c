import type { ModerationDecision } from "../events/safety-events.ts";
import type { Item } from "../model/items.ts";
import type { Model } from "../model/model.ts";

/** For whom, and within what, something is looked at. */
export interface SafetyScope {
  readonly session: string;
  /** The session that it was forked from, at the root of all forks: what is redacted in one has the same placeholder in the other. */
  readonly family?: string | undefined;
  readonly run?: string | undefined;
  readonly agent?: string | undefined;
  readonly tenant?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was decided, and what may go on of what was looked at. */
export interface Guarded<Value> {
  /**
   * The most restrictive verdict that is enforced. `allow`, `flag` and `redact` let the value go on; `block` does not;
   * `require_approval` does once a person has let it, and counts as `block` where nobody can be asked.
   */
  readonly verdict: ModerationDecision["verdict"];
  /** What may go on: the same, or without what was redacted. */
  readonly value: Value;
  /** To be recorded, in order. */
  readonly decisions: readonly ModerationDecision[];
}

/** A text at a surface of its own; the other surfaces are looked at by {@link Guard.input} and {@link Guard.model}. */
export interface GuardedText {
  readonly surface: "tool_arguments" | "tool_result" | "memory_write" | "outgoing_http";
  readonly text: string;
  /** The tool that gets or gave it. */
  readonly tool?: string | undefined;
}

/**
 * Looks at what passes through an agent, and decides. It records nothing itself: whoever asks puts the decisions in the log.
 *
 * An implementation must decide in the time that its rules state, and never throw but `aborted` when the scope's signal is: a
 * detector or service that fails takes the path that its rule declares, and the decision says so.
 */
export interface Guard {
  /**
   * Looks at what a caller says, before anything of it is recorded.
   *
   * @param heldBy The decision that holds the items, where it is asked again: they are the log view then, and what its rules found
   *   is there no more. A rule that held them does so until a person has let it; one that could not be asked is asked anew.
   */
  input(items: readonly Item[], scope: SafetyScope, heldBy?: ModerationDecision): Promise<Guarded<readonly Item[]>>;
  /**
   * Puts the guard around a model: the assembled prompt before it is sent, the answer while it streams, and the arguments of its
   * tool calls once they are whole. Nothing of a text goes on before it is certain that it may. Decisions come as parts of type
   * `moderation`, those on a call with its id. What is blocked ends the answer: `incomplete`, for the reason `content_filter`,
   * with a refusal in the place of what was withheld, and the request to the model's server is broken off.
   */
  model(model: Model, scope: SafetyScope): Model;
  text(text: GuardedText, scope: SafetyScope): Promise<Guarded<string>>;
}
