import type { NextId } from "./id-source.ts";

const REQUESTS_A_MINUTE = 10_000;
const TOKENS_A_MINUTE = 2_000_000;

/** The headers that OpenAI sends with every answer. */
export function answerHeaders(request: {
  readonly nextId: NextId;
  /** How many requests came before this one. */
  readonly earlier: number;
  readonly processingMs: number;
}): Readonly<Record<string, string>> {
  return {
    "openai-processing-ms": String(Math.round(request.processingMs)),
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": String(REQUESTS_A_MINUTE),
    "x-ratelimit-limit-tokens": String(TOKENS_A_MINUTE),
    "x-ratelimit-remaining-requests": String(Math.max(0, REQUESTS_A_MINUTE - request.earlier - 1)),
    "x-ratelimit-remaining-tokens": String(TOKENS_A_MINUTE),
    "x-ratelimit-reset-requests": "6ms",
    "x-ratelimit-reset-tokens": "0s",
    "x-request-id": request.nextId("req"),
  };
}
