import { z } from "zod";
import { contentHashSchema, identifierSchema } from "../events/schemas.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { ApprovalAuthority } from "./approval-authority.ts";

/** What a request for an approval is about. */
export interface ApprovalTicket {
  readonly session: string;
  readonly callId: string;
  readonly approval: string;
  readonly argumentsHash: ContentHash;
}

const payloadSchema = z.tuple([identifierSchema, identifierSchema, identifierSchema, contentHashSchema]);

/**
 * The ticket of a request: what it is about, signed, so that only somebody who was handed it can decide. It is made of the
 * log and the key alone, the same each time.
 */
export function toTicket(about: ApprovalTicket, authority: ApprovalAuthority): string {
  const parts = [about.session, about.callId, about.approval, about.argumentsHash];
  const payload = Buffer.from(JSON.stringify(parts), "utf8").toString("base64url");
  return `${payload}.${authority.sign(toStatement(payload))}`;
}

/** What a ticket says, whether or not it was signed here; `undefined` for what is no ticket. */
export function parseTicket(ticket: string): ApprovalTicket | undefined {
  try {
    const payload = Buffer.from(ticket.slice(0, ticket.indexOf(".")), "base64url").toString("utf8");
    const [session, callId, approval, argumentsHash] = payloadSchema.parse(JSON.parse(payload));
    return { session, callId, approval, argumentsHash };
  } catch {
    return undefined;
  }
}

/** Whether this deployment has made the ticket. */
export function isGenuineTicket(ticket: string, authority: ApprovalAuthority): boolean {
  const end = ticket.indexOf(".");
  return end > 0 && authority.verify(toStatement(ticket.slice(0, end)), ticket.slice(end + 1));
}

// A signature over a request can never be taken for one over an approval.
function toStatement(payload: string): string {
  return `agentkit approval request v1\n${payload}`;
}
