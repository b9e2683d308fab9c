import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { Clock } from "../runtime/clock.ts";
import { toSessionStream } from "../session/session-stream.ts";
import type { DriveOptions, EnginePorts } from "./engine-ports.ts";

/** For how long a lease is taken and how often it is renewed, in milliseconds. A dead worker's runs wait for the first. */
const ttlMs = 30_000;
const renewalMs = 10_000;

/** How long a silent lease store is waited for, in milliseconds. */
const patienceMs = 3_000;

/** A lease that is renewed until it is released. */
export interface HeldLease {
  release(): Promise<void>;
}

/**
 * Takes the lease of a drive's session and renews it. A drive goes on without it when another worker has it or the store
 * does not work, and takes it as soon as it can be had: whoever was told to drive the run does so.
 *
 * @throws AgentKitError `session_busy` if the drive is only wanted `unlessHeld`, and the lease cannot be had.
 */
export async function holdLease(ports: EnginePorts, options: DriveOptions): Promise<HeldLease> {
  const { leases, clock } = ports;
  const { state, writer, unlessHeld = false } = options;
  const key = toSessionStream(state.session);
  const acquire = async (): Promise<boolean | undefined> => ask(clock, async () => leases.acquire(key, writer, ttlMs));
  const acquired = await acquire();
  if (unlessHeld && acquired !== true) throw held(state.session);
  const over = new AbortController();
  let asking: Promise<unknown> | undefined;
  const renew = async (): Promise<void> => {
    asking = acquire();
    await asking;
  };
  // No longer than the drive may take: a reader that went away without a word must not keep the lease for ever.
  const times = Math.ceil(options.definition.agent.limits.durationMs / renewalMs);
  void repeat(renew, times, async () => clock.sleep(renewalMs, over.signal)); // it ends with the lease
  return {
    async release() {
      over.abort("over");
      // A renewal that comes after the release would take the lease again.
      await asking;
      await ask(clock, async () => leases.release(key, writer));
    },
  };
}

async function repeat(act: () => Promise<void>, times: number, pause: () => Promise<void>): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    try {
      await pause();
    } catch {
      return;
    }
    await act();
  }
}

/** The store's answer, or nothing when it fails or is silent for too long: a lease is never worth a run. */
async function ask<T>(clock: Clock, question: () => Promise<T>): Promise<T | undefined> {
  const answered = new AbortController();
  const silence = clock.sleep(patienceMs, answered.signal).then(nothing, nothing);
  try {
    return await Promise.race([question(), silence]);
  } catch {
    return undefined;
  } finally {
    answered.abort("answered");
  }
}

function nothing(): undefined {
  return undefined;
}

function held(session: string): AgentKitError {
  const message = `Another worker drives session '${session}', or the lease store cannot tell. Resume it by name to take it over.`;
  return new AgentKitError("session_busy", message, { param: "session", retryable: true });
}
