import { contentsOf } from "./definitions.ts";
import type { DriveOptions, EnginePorts } from "./engine-ports.ts";
import { holdLease } from "./hold-lease.ts";
import type { RunStreamPart } from "./run-stream.ts";
import { Runner } from "./runner.ts";

/**
 * Drives a run until it is over or waits for a person: folds what happened, appends it together with everything that
 * follows and the intents of the next effects, carries these out, and starts again with what was observed.
 *
 * @throws AgentKitError `concurrency_conflict` when another worker has taken the session, `session_busy` when it was to be
 * left to whoever holds its lease, and the log's errors. The events appended until then stay, and the run can be resumed.
 */
export async function* drive(ports: EnginePorts, options: DriveOptions): AsyncGenerator<RunStreamPart, void> {
  const lease = await holdLease(ports, options);
  const runner = new Runner(ports, options);
  try {
    await ports.contents.record(contentsOf(options.definition));
    yield* await runner.commit(options.observed, options.actor);
    while (runner.isBusy) {
      const output = await runner.next();
      if (output.type === "delta") yield output;
      else yield* await runner.commit(output.drafts);
    }
  } finally {
    try {
      await runner.close();
    } finally {
      await lease.release();
    }
  }
}
