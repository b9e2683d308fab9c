import { toContent } from "../agent/call-definition.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventData } from "../events/catalogue.ts";
import type { KitContext } from "../run/kit-context.ts";
import { agentNotFound } from "../run/definitions.ts";
import { createStamp } from "../run/event-stamp.ts";
import { appendEvents } from "../run/session-appender.ts";
import { redactText } from "../safety/redact-definition.ts";
import { toRedact } from "../safety/redact-drafts.ts";
import { sessionNotFound } from "../run/session-store.ts";
import { initialState } from "../session/session-state.ts";
import { checkSessionId } from "../session/session-stream.ts";

/** Where to fork and what is different in the fork. */
export interface ForkOptions {
  /** The last revision of the session that the fork shares. Default: its newest. */
  readonly at?: number;
  /** The new session's id. Default: a new one. */
  readonly session?: string;
  readonly agent?: string;
  readonly model?: string;
  /** Takes the place of the agent's instructions in every run of the fork. */
  readonly instructions?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Begins a session that refers to another at a revision.
 *
 * @throws AgentKitError `session_not_found`, `revision_not_found`, `agent_not_found`, `input_invalid`, and
 * `concurrency_conflict` when the new session's id is taken.
 */
export async function forkSession(
  context: KitContext,
  parent: string,
  options: ForkOptions,
): Promise<{ readonly session: string }> {
  const { ports, ids } = context;
  const writer = context.nextWriter();
  const session = options.session ?? ids.next();
  checkSessionId(session);
  const from = await ports.sessions.load(parent);
  if (from === undefined) throw sessionNotFound(parent);
  const head = from.revision;
  const revision = options.at ?? head;
  checkRevision(parent, revision, head);
  const overrides = await recordOverrides(context, options);
  const data: EventData<"SessionForked"> = {
    parent: { session: parent, revision },
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(options.metadata && { metadata: options.metadata }),
  };
  const redact = toRedact(ports.safety, { session, family: from.family ?? parent });
  const stamp = createStamp({ state: initialState(session), time: ports.clock.now(), writer, redact });
  await appendEvents({ ...ports, writer }, stamp({ type: "SessionForked", data }, 0));
  return { session };
}

function checkRevision(session: string, revision: number, head: number): void {
  if (Number.isInteger(revision) && revision >= 0 && revision <= head) return;
  const message = `Session '${session}' has no revision ${revision}; its revisions are 0 to ${head}.`;
  throw new AgentKitError("revision_not_found", message, { param: "at" });
}

async function recordOverrides(
  { ports, agents }: KitContext,
  { agent, model, instructions }: ForkOptions,
): Promise<NonNullable<EventData<"SessionForked">["overrides"]>> {
  if (agent !== undefined && agents(agent) === undefined) throw agentNotFound(agent);
  const content =
    instructions === undefined ? undefined : toContent("instructions", redactText(ports.safety, instructions));
  if (content !== undefined) await ports.contents.record([content]);
  return {
    ...(agent !== undefined && { agent }),
    ...(model !== undefined && { model }),
    ...(content && { instructions: content.hash }),
  };
}
