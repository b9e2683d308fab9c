/** A budget of tokens that fills up again all the time. */
export interface TokenBucket {
  /** How long to wait before so many tokens may be used, in milliseconds; takes them when it is none. */
  take(tokens: number): number;
  /** Lets nothing through for so long. */
  pause(milliseconds: number): void;
}

/** Makes a full bucket of a minute's tokens. A request for more than it can hold takes the whole bucket. */
export function createTokenBucket(tokensPerMinute: number, now: () => number): TokenBucket {
  const perMillisecond = tokensPerMinute / 60_000;
  let level = tokensPerMinute;
  let at = now();
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return {
    take(tokens) {
      const time = now();
      level = Math.min(level + Math.max(time - at, 0) * perMillisecond, tokensPerMinute);
      at = time;
      const wanted = Math.min(tokens, tokensPerMinute);
      const wait = Math.max(pausedUntil - time, Math.ceil((wanted - level) / perMillisecond), 0);
      if (wait === 0) level -= wanted;
      return wait;
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, now() + milliseconds);
    },
  };
}
