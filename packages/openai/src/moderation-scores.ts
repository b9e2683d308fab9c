import type { ModerationScores } from "@agentkit/core";
import { isJsonObject } from "./json-object.ts";

/** Reads what OpenAI says of one text. Nothing for what has no scores: that would read as "nothing found" to a policy. */
export function readModerationScores(result: unknown): Omit<ModerationScores, "model"> | undefined {
  const { category_scores: scores, flagged } = isJsonObject(result) ? result : {};
  return isScores(scores) && typeof flagged === "boolean" ? { scores, flagged } : undefined;
}

function isScores(value: unknown): value is Readonly<Record<string, number>> {
  const scores = isJsonObject(value) ? Object.values(value) : [];
  return scores.length > 0 && scores.every((score) => typeof score === "number" && score >= 0 && score <= 1);
}
