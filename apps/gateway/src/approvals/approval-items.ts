import { type Agent, type ApprovalAuthority, type ContentHash, type Item, toTicket } from "@agentkit/core";
import { serverLabel } from "../responses/server-call.ts";
import { displayArguments } from "./display-arguments.ts";

/** A request for an approval, and the call it is about. */
export interface RequestedApproval {
  readonly session: string;
  readonly callId: string;
  readonly approval: string;
  readonly argumentsHash: ContentHash;
  readonly tool: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}

/** Shows a request as an `mcp_approval_request`; nothing where this gateway could not recognise the answer. */
export type ToApprovalItem = (request: RequestedApproval) => Item | undefined;

const idPrefix = "mcpr_";

/**
 * Makes what shows requests. The id of an item holds the request's ticket, which the key and the log make again each time: nothing
 * of an item has to be kept, and nothing that a client sends back of one is believed. Another key makes other ids; those that an
 * earlier key made are tickets all the same.
 */
export function createApprovalItems(
  authority: ApprovalAuthority | undefined,
  agents: readonly Agent[],
): ToApprovalItem {
  if (authority === undefined) return () => undefined;
  return ({ tool, arguments: text, ...about }) => ({
    id: `${idPrefix}${toTicket(about, authority)}`,
    type: "mcp_approval_request",
    server_label: serverLabel,
    name: tool,
    arguments: displayArguments(agents, { tool, arguments: text }),
  });
}

/** The ticket in the id of an item; text of no meaning where the id is none of ours. */
export function ticketOf(id: string): string {
  return id.startsWith(idPrefix) ? id.slice(idPrefix.length) : "";
}
