import { AgentKitError } from "@agentkit/core";
import type { Exchange } from "./exchange.ts";
import { createSilenceWatch } from "./silence-watch.ts";
import { type RequestPhase, toAgentKitError, toTimeoutError } from "./to-agent-kit-error.ts";

/** One request under way: its signal, its time limit, and the errors it can end with. */
export interface ServerCall {
  /** Goes to the SDK with the request; aborting it closes the socket. */
  readonly signal: AbortSignal;
  /** Waits for the server's next sign of life. Every error is an `AgentKitError`. */
  wait<T>(work: PromiseLike<T>, phase: RequestPhase): Promise<T>;
  /** Reads what is left so that the connection can be used again; gives up after `limitMs`, and never throws. */
  drain(rest: AsyncIterator<unknown>, limitMs: number): Promise<void>;
  /** Ends the request if it is still under way. */
  end(): void;
}

/** Starts a call. Throws `aborted` when the caller's signal is aborted already. */
export function createServerCall(exchange: Exchange, timeoutMs: number, caller: AbortSignal | undefined): ServerCall {
  if (caller?.aborted === true) throw toAbortedError(exchange);
  const watch = createSilenceWatch(caller, timeoutMs);
  return {
    signal: watch.signal,
    async wait(work, phase) {
      const settled = await watch.during(work).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      // An aborted stream of the SDK ends as if it were over, so the abort is looked at before the outcome.
      if (caller?.aborted === true) throw toAbortedError(exchange);
      if (watch.timedOut) {
        throw toTimeoutError(exchange, phase === "opening" ? "no answer began" : "the answer fell silent");
      }
      if ("error" in settled) throw toAgentKitError(settled.error, exchange, phase);
      return settled.value;
    },
    async drain(rest, limitMs) {
      try {
        while ((await watch.during(rest.next(), limitMs)).done !== true);
      } catch {
        // The answer is complete; how its connection ends is of no consequence.
      }
    },
    end() {
      watch.stop();
    },
  };
}

function toAbortedError(exchange: Exchange): AgentKitError {
  return new AgentKitError("aborted", `The request to ${exchange.server} was aborted by its caller.`);
}
