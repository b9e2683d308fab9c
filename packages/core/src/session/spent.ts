import type { Usage } from "../model/model.ts";

/** What a run used up. */
export interface Spent {
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly tokens: number;
  /** In millionths of a US dollar, as far as prices are known. */
  readonly costMicroUsd: number;
}

/** Nothing used up. */
export const nothingSpent: Spent = { modelCalls: 0, toolCalls: 0, tokens: 0, costMicroUsd: 0 };

/** All tokens of a usage. */
export function tokensOf(usage: Usage): number {
  return usage.uncachedInputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
}

/** No tokens. */
export const noUsage: Usage = {
  uncachedInputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** What a run used up so far by itself, and what its finished sub-runs did. */
export function spentOf(run: RunCounts): Spent {
  return {
    modelCalls: run.answers + run.subRuns.modelCalls,
    toolCalls: run.toolCalls + run.subRuns.toolCalls,
    tokens: tokensOf(run.turn.usage) + run.subRuns.tokens,
    costMicroUsd: run.costMicroUsd + run.subRuns.costMicroUsd,
  };
}

interface RunCounts {
  readonly answers: number;
  readonly toolCalls: number;
  readonly costMicroUsd: number;
  readonly subRuns: Spent;
  readonly turn: { readonly usage: Usage };
}
