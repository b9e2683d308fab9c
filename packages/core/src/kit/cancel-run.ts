import { AgentKitError } from "../errors/agent-kit-error.ts";
import { createStamp } from "../run/event-stamp.ts";
import type { KitContext } from "../run/kit-context.ts";
import { appendEvents } from "../run/session-appender.ts";
import { toRedact } from "../safety/redact-drafts.ts";
import { evolve } from "../session/evolve.ts";
import type { ActiveRun, SessionState } from "../session/session-state.ts";
import { toSessionStream } from "../session/session-stream.ts";

/** Why a run is cancelled, and by whom. */
export interface CancelOptions {
  readonly reason?: string;
  /** For the record. Default `user`. */
  readonly actor?: string;
}

/**
 * Ends the run of a session that waits, or that nobody drives, and first those below it that it waits for: nothing of them
 * can be approved or taken up any more. Returns the session after it.
 *
 * @throws AgentKitError `session_busy` for a run that somebody drives: whoever does can abort it by its signal.
 */
export async function cancelRun(
  context: KitContext,
  state: SessionState,
  options: CancelOptions,
): Promise<SessionState> {
  const { active } = state;
  if (active === undefined) return state;
  const writer = context.nextWriter();
  const release = await takeLease(context, state, writer);
  try {
    await cancelBranches(context, active, state.session);
    return await recordCancellation(context, state, { ...options, writer });
  } finally {
    await release();
  }
}

/** For how long the lease is taken, in milliseconds: longer than a few appends may take. */
const ttlMs = 30_000;

async function takeLease({ ports }: KitContext, state: SessionState, writer: string): Promise<() => Promise<void>> {
  const key = toSessionStream(state.session);
  if (await ports.leases.acquire(key, writer, ttlMs)) return async () => ports.leases.release(key, writer);
  const message = `Another worker drives session '${state.session}'. Abort the run where it is driven.`;
  throw new AgentKitError("session_busy", message, { param: "session", retryable: true });
}

async function cancelBranches(context: KitContext, { linked }: ActiveRun, parent: string): Promise<void> {
  const open = Object.entries(linked).filter(([, status]) => status === "started");
  for (const [session] of open) {
    const child = await context.ports.sessions.load(session);
    // A fork knows the sub-runs of the session that it was taken from, which are not its own.
    if (child === undefined || child.parent?.session !== parent) continue;
    await cancelRun(context, child, { reason: "The run that it was for was cancelled." });
  }
}

async function recordCancellation(
  { ports, agents }: KitContext,
  state: SessionState,
  { reason = "Somebody cancelled it.", actor, writer }: CancelOptions & { readonly writer: string },
): Promise<SessionState> {
  const { active } = state;
  if (active === undefined) return state;
  // Also of an agent that the code has no longer.
  const agent = agents(active.agent);
  const stamp = createStamp({
    state,
    time: ports.clock.now(),
    writer,
    run: active.turn.run,
    redact: toRedact(ports.safety, {
      session: state.session,
      family: state.family,
      run: active.turn.run,
      agent: active.agent,
    }),
    ...(agent && { agent }),
    ...(actor !== undefined && { person: { actor, events: 1 } }),
  });
  const events = stamp({ type: "RunCancelled", data: { reason } }, 0);
  await appendEvents({ ...ports, writer }, events);
  const after = events.reduce(evolve, state);
  ports.sessions.keep(after);
  return after;
}
