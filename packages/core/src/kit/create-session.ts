import { createStamp } from "../run/event-stamp.ts";
import { appendEvents } from "../run/session-appender.ts";
import { toRedact } from "../safety/redact-drafts.ts";
import { initialState } from "../session/session-state.ts";
import { checkSessionId } from "../session/session-stream.ts";
import type { SessionOptions } from "./run-options.ts";
import type { KitContext } from "../run/kit-context.ts";

/** Begins an empty session. Throws `concurrency_conflict` when its id is taken. */
export async function createSession(
  { ports, ids, nextWriter }: KitContext,
  options: SessionOptions,
): Promise<{ readonly session: string }> {
  const session = options.session ?? ids.next();
  checkSessionId(session);
  const writer = nextWriter();
  const redact = toRedact(ports.safety, { session, tenant: options.principal?.tenant });
  const stamp = createStamp({ state: initialState(session), time: ports.clock.now(), writer, redact });
  const { metadata, principal } = options;
  const data = { ...(metadata && { metadata }), ...(principal && { principal }) };
  await appendEvents({ ...ports, writer }, stamp({ type: "SessionStarted", data }, 0));
  return { session };
}
