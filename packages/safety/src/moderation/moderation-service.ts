import {
  AgentKitError,
  type Clock,
  type ErrorCode,
  type ModerationScores,
  type Moderator,
  systemClock,
} from "@agentkit/core";
import { createCircuit } from "./circuit.ts";
import { createScoreCache } from "./score-cache.ts";
import { toWindows } from "./text-windows.ts";
import { createTokenBucket } from "./token-bucket.ts";

/** What a moderation service is made of. */
export interface ModerationServiceOptions {
  readonly moderator: Moderator;
  readonly clock?: Clock;
  /** The account's limit, which calls are kept under. Default 10,000, that of the first tier. */
  readonly tokensPerMinute?: number;
  /** Scores that are remembered, by the hash of their text. Default 10,000. */
  readonly cacheEntries?: number;
  /** Failures in a row after which the service is left alone. Default 5. */
  readonly failures?: number;
  /** For how long it is, in milliseconds; then one call is let through, and decides. Default 30,000. */
  readonly openMs?: number;
}

/** What a text was scored, or why it could not be. */
export type ModerationOutcome =
  | { readonly type: "scored"; readonly scores: Readonly<Record<string, number>>; readonly model: string }
  | {
      readonly type: "failed";
      /** An error code, `circuit_open`, or `rate_limited` by the limit on this side. */
      readonly reason: string;
      /** Whether the request or the credentials are at fault: nobody's outage, so it never lets anything through. */
      readonly isConfiguration: boolean;
    };

/** Options of {@link ModerationService.moderate}. */
export interface ModerateTextOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Scores texts by a {@link Moderator}, within its limits. */
export interface ModerationService {
  /**
   * Scores a text in windows of about 200 tokens; of each category the highest counts. It never invents a score: whatever
   * goes wrong is an outcome. Throws `aborted` when the caller's signal is, and nothing else.
   */
  moderate(text: string, options: ModerateTextOptions): Promise<ModerationOutcome>;
}

/**
 * Makes a moderation service: a cache by hash, a budget of tokens on this side, and a circuit that leaves alone a server which
 * keeps failing.
 *
 * @example
 * ```ts
 * import type { Moderator } from "@agentkit/core";
 * import { createModerationService } from "@agentkit/safety";
 *
 * const moderator: Moderator = {
 *   moderate: async (texts) => texts.map(() => ({ scores: { violence: 0.1 }, flagged: false, model: "m" })),
 * };
 * const outcome = await createModerationService({ moderator }).moderate("Hello", { timeoutMs: 2_000 });
 * console.log(outcome.type); // scored
 * ```
 */
export function createModerationService(options: ModerationServiceOptions): ModerationService {
  const { moderator, clock = systemClock } = options;
  const now = (): number => clock.now();
  const cache = createScoreCache(options.cacheEntries ?? 10_000);
  const bucket = createTokenBucket(options.tokensPerMinute ?? 10_000, now);
  const circuit = createCircuit({ failures: options.failures ?? 5, openMs: options.openMs ?? 30_000 }, now);

  async function mayBegin(texts: readonly string[], deadline: number, signal: AbortSignal): Promise<boolean> {
    const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / charactersPerToken), 0);
    for (let wait = bucket.take(tokens); wait > 0; wait = bucket.take(tokens)) {
      if (now() + wait > deadline) return false;
      await clock.sleep(wait, signal);
    }
    return true;
  }

  async function ask(texts: readonly string[], deadline: number, signal: AbortSignal): Promise<Answer> {
    if (!(await mayBegin(texts, deadline, signal))) return failed("rate_limited");
    if (!circuit.enter()) return failed("circuit_open");
    try {
      const answers = await inTime(moderator, texts, { clock, deadline, signal });
      const results = texts.map((_, index) => checked(answers[index]));
      circuit.settle("answered");
      for (const [index, text] of texts.entries()) cache.set(text, checked(results[index]));
      return { type: "answered", results };
    } catch (error) {
      const outcome = toFailure(error);
      circuit.settle(signal.aborted ? "cancelled" : outcome.isConfiguration ? "answered" : "failed");
      if (AgentKitError.is(error) && error.retryAfterMs !== undefined) bucket.pause(error.retryAfterMs);
      return outcome;
    }
  }

  return {
    async moderate(text, { timeoutMs, signal = new AbortController().signal }) {
      throwIfAborted(signal);
      const windows = [...new Set(toWindows(text))];
      const known = windows.map((window) => cache.get(window));
      const missing = windows.filter((_, index) => known[index] === undefined);
      const answer =
        missing.length === 0 ? nothingAsked : await ask(missing, now() + timeoutMs, signal).catch(toFailure);
      throwIfAborted(signal);
      return answer.type === "failed"
        ? answer
        : merge([...known.filter((scores) => scores !== undefined), ...answer.results]);
    },
  };
}

type Failure = Extract<ModerationOutcome, { type: "failed" }>;

type Answer = Failure | { readonly type: "answered"; readonly results: readonly ModerationScores[] };

const nothingAsked: Answer = { type: "answered", results: [] };

/** English prose; other scripts have fewer characters a token, and the server's own limit still stands. */
const charactersPerToken = 4;

interface Waiting {
  readonly clock: Clock;
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Asks, and waits no longer than it may, also for a moderator that ignores its signal. */
async function inTime(
  moderator: Moderator,
  texts: readonly string[],
  { clock, deadline, signal }: Waiting,
): Promise<readonly ModerationScores[]> {
  const over = new AbortController();
  const stop = new AbortController();
  const timeUp = clock.sleep(Math.max(deadline - clock.now(), 0), AbortSignal.any([signal, over.signal])).then(() => {
    const error = new AgentKitError("model_timeout", "The moderation did not answer within the time limit.");
    stop.abort(error);
    throw error;
  });
  const call = (async () => moderator.moderate(texts, { signal: AbortSignal.any([signal, stop.signal]) }))();
  try {
    return await Promise.race([call, timeUp]);
  } finally {
    over.abort("over");
  }
}

function checked(scores: ModerationScores | undefined): ModerationScores {
  const values = Object.values(scores?.scores ?? {});
  if (scores !== undefined && values.length > 0 && values.every((value) => value >= 0 && value <= 1)) return scores;
  throw new AgentKitError("model_response_invalid", "The moderation has no scores between 0 and 1 for each text.");
}

function merge(results: readonly ModerationScores[]): ModerationOutcome {
  const scores: Record<string, number> = {};
  for (const result of results) {
    for (const [category, score] of Object.entries(result.scores)) {
      scores[category] = Math.max(scores[category] ?? 0, score);
    }
  }
  return { type: "scored", scores, model: results[0]?.model ?? "none" };
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AgentKitError("aborted", "The moderation was called off.", { cause: signal.reason });
}

const configurationFaults: readonly ErrorCode[] = [
  "config_invalid",
  "model_authentication_failed",
  "model_context_length_exceeded",
  "model_not_found",
  "model_request_rejected",
];

function toFailure(error: unknown): Failure {
  if (!AgentKitError.is(error)) return failed("threw");
  return { type: "failed", reason: error.code, isConfiguration: configurationFaults.includes(error.code) };
}

function failed(reason: string): Failure {
  return { type: "failed", reason, isConfiguration: false };
}
