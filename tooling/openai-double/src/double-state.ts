import type { ConversationStore } from "./conversation-store.ts";
import type { NextId } from "./id-source.ts";
import type { ModerationWords } from "./moderations.ts";
import type { RuleBook } from "./rules.ts";

/** What the endpoints of one double share. */
export interface DoubleState {
  readonly rules: RuleBook;
  readonly store: ConversationStore;
  /** The key that requests must carry; undefined accepts every request. */
  readonly apiKey: string | undefined;
  /** The models that exist; undefined accepts every model, and lists a few. */
  readonly models: readonly string[] | undefined;
  readonly moderationWords: ModerationWords;
  /** Starts the identifiers of one request, which are salted with it. */
  nextId(this: void, salt: string): NextId;
  /** The time in seconds since 1970. */
  now(this: void): number;
}

/** Whether the double serves this model. */
export function isKnownModel(model: string, { models }: Pick<DoubleState, "models">): boolean {
  return models === undefined || models.includes(model);
}
