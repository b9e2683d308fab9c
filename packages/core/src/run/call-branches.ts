import type { SubRunRequest, SubRunResult } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";

type Start = (request: SubRunRequest, signal: AbortSignal) => Promise<SubRunResult>;

interface Branch {
  /** What was asked for, so that one key does not stand for two things. */
  readonly asked: string;
  readonly result: Promise<SubRunResult>;
}

/** The runs of other agents that one tool call has begun: each key once, and none when the call is over. */
export class CallBranches {
  readonly #start: Start;
  readonly #stop = new AbortController();
  readonly #branches = new Map<string, Branch>();

  constructor(start: Start) {
    this.#start = start;
  }

  /**
   * Begins a run, or gives the result of the one that has its key.
   *
   * @throws AgentKitError `aborted` when the call is over, `input_invalid` for a key that stands for something else.
   */
  readonly run = async (request: SubRunRequest): Promise<SubRunResult> => {
    const result = this.#begin(request);
    // Whoever does not wait for it is not told of its failure either; that must not end the process.
    result.catch(() => undefined);
    return result;
  };

  /** Stops what is still under way and waits for its end, but not beyond `until`. */
  async close(until: () => Promise<undefined>): Promise<void> {
    this.#stop.abort(over());
    if (this.#branches.size === 0) return;
    const ends = [...this.#branches.values()].map(({ result }) => result);
    await Promise.race([Promise.allSettled(ends), until()]);
  }

  async #begin(request: SubRunRequest): Promise<SubRunResult> {
    if (this.#stop.signal.aborted) throw over();
    const { key = "", agent, input } = request;
    const asked = JSON.stringify([agent, input]);
    const known = this.#branches.get(key);
    if (known !== undefined && known.asked !== asked) throw keyTaken(key);
    if (known !== undefined) return known.result;
    const result = this.#start(request, this.#stop.signal);
    this.#branches.set(key, { asked, result });
    return result;
  }
}

function over(): AgentKitError {
  return new AgentKitError("aborted", "The tool call is over, and the runs that it began are with it.");
}

function keyTaken(key: string): AgentKitError {
  const message = `A tool call has run something else under the key '${key}'. Give each run of a call a key of its own.`;
  return new AgentKitError("input_invalid", message, { param: "key" });
}
