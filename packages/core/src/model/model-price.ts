import type { Usage } from "./model.ts";

/** What a model's tokens cost, in US dollars per million. */
export interface ModelPrice {
  readonly input: number;
  /** Input read from a cache. Default: as `input`. */
  readonly cacheRead?: number;
  /** Input written to a cache. Default: as `input`. */
  readonly cacheWrite?: number;
  readonly output: number;
}

/** The price of a model by the name the provider gave in its answer, or nothing where it is not known. */
export type PriceList = (model: string) => ModelPrice | undefined;

/** What an answer cost, in whole millionths of a dollar; a dollar per million tokens is a millionth per token. */
export function costOf(usage: Usage, price: ModelPrice): number {
  const { input, cacheRead = input, cacheWrite = input, output } = price;
  const cost =
    usage.uncachedInputTokens * input +
    usage.cacheReadTokens * cacheRead +
    usage.cacheWriteTokens * cacheWrite +
    usage.outputTokens * output;
  return Math.ceil(cost);
}
