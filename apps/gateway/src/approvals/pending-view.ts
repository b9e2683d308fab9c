import type { PendingApproval, Principal } from "@agentkit/core";

/** A request for an approval, as it is shown to somebody. */
export type PendingView = Omit<PendingApproval, "ticket"> & {
  /** `null` for who has none of the roles: they see what waits, and cannot decide. */
  readonly ticket: string | null;
};

/** Shows a request to a principal. */
export function toPendingView(pending: PendingApproval, { roles }: Principal): PendingView {
  const may = pending.roles.length === 0 || pending.roles.some((role) => roles.includes(role));
  return { ...pending, ticket: may ? pending.ticket : null };
}
