/** The id by which rules name moderation. It is asynchronous, so it is no `Detector`. */
export const moderationDetector = "moderation";

/**
 * The categories that OpenAI's moderation scores.
 *
 * @see https://platform.openai.com/docs/guides/moderation
 */
export const moderationCategories: readonly string[] = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/instructions",
  "self-harm/intent",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
];
