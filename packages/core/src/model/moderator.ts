/** Options of {@link Moderator.moderate}. */
export interface ModerateOptions {
  readonly signal?: AbortSignal;
}

/** What a {@link Moderator} thinks of one text. It scores; a policy decides. */
export interface ModerationScores {
  /** The score of each category, 0 to 1. */
  readonly scores: Readonly<Record<string, number>>;
  /** The provider's own verdict, for the record; decide on the scores. */
  readonly flagged: boolean;
  /** The model that answered, as the provider names it. */
  readonly model: string;
}

/** Scores texts by category of harm. Errors are `AgentKitError`s with the codes of `Model`. */
export interface Moderator {
  /** One result per text, in the texts' order. */
  moderate(texts: readonly string[], options?: ModerateOptions): Promise<readonly ModerationScores[]>;
}
