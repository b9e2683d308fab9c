import { AgentKitError, type Clock, type Tool, toolDefinitionInvalid } from "@agentkit/core";

/** When a tool that keeps failing is left alone for a while. */
export interface CircuitBreakerOptions {
  /** The circuit opens after so many failures in a row. Default 5. */
  readonly failures?: number;
  /** It also opens when this part of the last `window` calls failed, above 0 and up to 1. Default: not looked at. */
  readonly failureRate?: number;
  /** Calls that the rate is taken of; with fewer there is no rate. Default 20. */
  readonly window?: number;
  /** For how long it stays open, in milliseconds. Then one call is let through, and decides. Default 30,000. */
  readonly openMs?: number;
}

/**
 * Opens a circuit when a tool keeps failing: its calls then fail with `tool_circuit_open` without being made, with `retryAfterMs`.
 * A call that takes longer than the tool's time limit is a failure. An `AgentKitError` that is not `retryable` is none: it says
 * that the call was at fault, and the service answered. A call that was cancelled says nothing.
 */
export function withCircuitBreaker(tool: Tool, options: CircuitBreakerOptions, clock: Clock): Tool {
  const circuit = new Circuit(tool.name, options, clock);
  return {
    ...tool,
    parse: (input) => tool.parse(input),
    execute: async (input, context) => {
      const settle = circuit.enter();
      const stopWatching = onStop(tool, { signal: context.signal, clock }, settle);
      try {
        const output = await tool.execute(input, context);
        settle("answered");
        return output;
      } catch (error) {
        settle(toOutcome(error));
        throw error;
      } finally {
        stopWatching();
      }
    },
  };
}

/** A rate that no window reaches. */
const noRate = Number.POSITIVE_INFINITY;

type Outcome = "answered" | "failed" | "cancelled";

class Circuit {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #options: Required<CircuitBreakerOptions>;
  #recent: boolean[] = [];
  #failuresInARow = 0;
  #openUntil: number | undefined;
  #probing = false;

  constructor(name: string, options: CircuitBreakerOptions, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
    this.#options = { failures: 5, failureRate: noRate, window: 20, openMs: 30_000, ...options };
    check(name, this.#options);
  }

  /** Lets a call through or throws. What it returns takes the call's outcome; only the first one counts. */
  enter(): (outcome: Outcome) => void {
    const probe = this.#openUntil !== undefined;
    if (probe) this.#claimProbe(this.#openUntil ?? 0);
    const openUntil = this.#openUntil;
    let settled = false;
    return (outcome) => {
      if (settled) return;
      settled = true;
      if (probe) this.#probing = false;
      // A call from before the circuit opened says nothing about how the service is now.
      if (outcome !== "cancelled" && openUntil === this.#openUntil) this.#count(outcome === "failed", probe);
    };
  }

  #claimProbe(openUntil: number): void {
    const waitMs = openUntil - this.#clock.now();
    if (waitMs <= 0 && !this.#probing) {
      this.#probing = true;
      return;
    }
    const message = `The tool '${this.#name}' did not run: it failed too often lately. Try again later.`;
    // While one call tries it out, nobody knows more than that its failure would open the circuit for so long again.
    const retryAfterMs = waitMs > 0 ? waitMs : this.#options.openMs;
    throw new AgentKitError("tool_circuit_open", message, { retryable: true, retryAfterMs });
  }

  #count(failed: boolean, probe: boolean): void {
    const { failures, failureRate, window, openMs } = this.#options;
    this.#failuresInARow = failed ? this.#failuresInARow + 1 : 0;
    this.#recent = [...this.#recent, failed].slice(-window);
    const rate = this.#recent.length < window ? 0 : this.#recent.filter(Boolean).length / window;
    if (failed && (probe || this.#failuresInARow >= failures || rate >= failureRate)) {
      this.#openUntil = this.#clock.now() + openMs;
      this.#recent = [];
    } else if (probe) {
      this.#openUntil = undefined;
    }
  }
}

interface Watched {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Settles a call when it is stopped, because a tool that ignores the signal may never do so. */
function onStop({ timeoutMs }: Tool, { signal, clock }: Watched, settle: (outcome: Outcome) => void): () => void {
  const started = clock.now();
  const stop = (): void => settle(clock.now() - started >= timeoutMs ? "failed" : "cancelled");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return () => signal.removeEventListener("abort", stop);
}

function toOutcome(error: unknown): Outcome {
  return AgentKitError.is(error) && !error.retryable ? "answered" : "failed";
}

function check(name: string, { failures, failureRate, window, openMs }: Required<CircuitBreakerOptions>): void {
  for (const [option, value] of Object.entries({ failures, window })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw toolDefinitionInvalid(name, `circuitBreaker.${option} must be a whole number from 1`);
    }
  }
  if (!(failureRate > 0 && (failureRate <= 1 || failureRate === noRate))) {
    throw toolDefinitionInvalid(name, "circuitBreaker.failureRate must be above 0 and at most 1");
  }
  if (!(openMs > 0)) throw toolDefinitionInvalid(name, "circuitBreaker.openMs must be a positive number");
}
