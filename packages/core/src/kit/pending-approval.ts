import { toTicket } from "../approvals/approval-ticket.ts";
import { maskArguments } from "../approvals/mask-arguments.ts";
import type { ContentHash } from "../json/content-hash.ts";
import { contentHash } from "../json/content-hash.ts";
import type { KitContext } from "../run/kit-context.ts";
import { argumentsOf } from "../session/call-state.ts";
import type { ApprovalState, CallState } from "../session/call-state.ts";
import type { ActiveRun, SessionState } from "../session/session-state.ts";

/** A tool call that waits for an approval. */
export interface PendingApproval {
  readonly approval: string;
  /** The session of the call: the one asked about, or that of a sub-run below it. */
  readonly session: string;
  readonly run: string;
  readonly agent: string;
  readonly callId: string;
  readonly tool: string;
  /** JSON text; what the tool declares as not to be shown is hidden. */
  readonly arguments: string;
  /** SHA-256 of the exact arguments. */
  readonly argumentsHash: ContentHash;
  /** Roles of which an approver needs one; empty where none is needed. */
  readonly roles: readonly string[];
  readonly policy: string;
  /** UTC. */
  readonly requestedAt: string;
  /** UTC. */
  readonly expires: string;
  /** What a decision has to name. Whoever has it and the roles can decide: hand it to approvers only. */
  readonly ticket: string;
}

/** The calls of a session that wait for an approval, those of the sub-runs it waits for included. */
export async function listApprovals(context: KitContext, state: SessionState): Promise<readonly PendingApproval[]> {
  const { active } = state;
  if (active?.turn.status !== "suspended") return [];
  const own = [...active.calls.values()].filter(isAwaiting).map((call) => toPending(context, state, { active, call }));
  const below: PendingApproval[] = [];
  for (const { waitsFor } of active.calls.values()) {
    const child = waitsFor?.type === "sub_run" ? await context.ports.sessions.load(waitsFor.session) : undefined;
    if (child !== undefined) below.push(...(await listApprovals(context, child)));
  }
  return [...own.flat(), ...below];
}

/** When an approval runs out: a request can no longer be decided on, and one that was given no longer be used. UTC. */
export function expiryOf({ requested, requestedAt }: ApprovalState): string {
  return new Date(Date.parse(requestedAt) + requested.validForMs).toISOString();
}

/** A call that waits for an approval. */
export type Awaiting = CallState & { readonly approval: ApprovalState };

/** Whether a call waits for an approval. */
export function isAwaiting(call: CallState): call is Awaiting {
  return call.status === "awaiting_approval" && call.approval !== undefined;
}

function toPending(
  context: KitContext,
  { session }: SessionState,
  { active, call }: { readonly active: ActiveRun; readonly call: Awaiting },
): readonly PendingApproval[] {
  const { authority } = context;
  if (authority === undefined) return [];
  const { requested, requestedAt, id } = call.approval;
  const text = argumentsOf(call);
  const argumentsHash = contentHash(text);
  const tool = context.agents(active.agent)?.tools.find(({ name }) => name === call.item.name);
  return [
    {
      approval: id,
      session,
      run: active.turn.run,
      agent: active.agent,
      callId: call.callId,
      tool: requested.tool,
      // Of a tool that the code does not have any more nobody knows what must not be shown.
      arguments: maskArguments(text, tool === undefined ? [""] : tool.redact),
      argumentsHash,
      roles: requested.roles,
      policy: requested.policy,
      requestedAt,
      expires: expiryOf(call.approval),
      ticket: toTicket({ session, callId: call.callId, approval: id, argumentsHash }, authority),
    },
  ];
}
