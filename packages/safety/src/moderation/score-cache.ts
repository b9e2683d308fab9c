import { type ContentHash, contentHash, type ModerationScores } from "@agentkit/core";

/** Scores by the hash of their text: what was scored is neither asked for again nor kept in clear. */
export interface ScoreCache {
  get(text: string): ModerationScores | undefined;
  set(text: string, scores: ModerationScores): void;
}

/** Makes a cache that forgets what was not asked for the longest. */
export function createScoreCache(capacity: number): ScoreCache {
  const entries = new Map<ContentHash, ModerationScores>();
  return {
    get(text) {
      const key = toKey(text);
      const scores = entries.get(key);
      if (scores === undefined) return undefined;
      entries.delete(key);
      entries.set(key, scores);
      return scores;
    },
    set(text, scores) {
      entries.set(toKey(text), scores);
      const [oldest] = entries.keys();
      if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
    },
  };
}

function toKey(text: string): ContentHash {
  return contentHash(Buffer.from(text, "utf16le"));
}
