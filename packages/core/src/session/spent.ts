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

/** What a run used up so far by itself, and what its finished sub-runs did. An answer counts as soon as it is asked for. */
export function spentOf(run: RunCounts): Spent {
  const own = {
    modelCalls: run.answers + Number(isAsking(run)),
    toolCalls: run.toolCalls,
    tokens: tokensOf(run.turn.usage),
    costMicroUsd: run.costMicroUsd,
  };
  return addSpent(own, run.subRuns);
}

/** Whether an answer was asked for and has not come, however often it was tried. */
export function isAsking({ modelCall }: Pick<RunCounts, "modelCall">): boolean {
  return modelCall.status === "started" || modelCall.status === "failed";
}

/** Both together. */
export function addSpent(left: Spent, right: Spent): Spent {
  return {
    modelCalls: left.modelCalls + right.modelCalls,
    toolCalls: left.toolCalls + right.toolCalls,
    tokens: left.tokens + right.tokens,
    costMicroUsd: left.costMicroUsd + right.costMicroUsd,
  };
}

interface RunCounts {
  readonly answers: number;
  readonly modelCall: { readonly status: string };
  readonly toolCalls: number;
  readonly costMicroUsd: number;
  readonly subRuns: Spent;
  readonly turn: { readonly usage: Usage };
}
