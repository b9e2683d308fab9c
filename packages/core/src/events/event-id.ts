import { hash } from "node:crypto";

/** AgentKit's own UUID namespace, itself the UUIDv5 of `agentkit.event` in the DNS namespace. */
const namespace = Buffer.from("472ddafca08e567d8220a3c6ad7d2347", "hex");

/** What an event's identity is made of. */
export interface EventIdParts {
  readonly stream: string;
  /** The run the event belongs to; empty for events outside a run. */
  readonly run: string;
  /** The step within the run. */
  readonly step: number;
  /** The event's place among those of its step. */
  readonly index: number;
}

/**
 * The deterministic id of an event: a UUIDv5 of stream, run, step and index, so that writing the same step again writes
 * the same ids and the log recognises the repetition.
 *
 * @see RFC 9562 §5.5
 *
 * @example
 * ```ts
 * import { eventId } from "@agentkit/core";
 *
 * eventId({ stream: "session-a", run: "r1", step: 0, index: 0 }); // the same UUID every time
 * ```
 */
export function eventId(parts: EventIdParts): string {
  return uuidV5("event", parts.stream, parts.run, String(parts.step), String(parts.index));
}

/**
 * The idempotency key of a tool call: the same for every attempt at it, for ever, and another in every fork. `call` names it
 * within its run.
 *
 * @see RFC 9562 §5.5
 */
export function idempotencyKey(session: string, run: string, call: string): string {
  return uuidV5("call", session, run, call);
}

/**
 * An id that is made of what it belongs to, so that whoever makes it again finds what was begun under it: an approval, the
 * session of a sub-run.
 *
 * @see RFC 9562 §5.5
 */
export function derivedId(kind: "approval" | "session" | "run", ...parts: readonly string[]): string {
  return uuidV5(kind, ...parts);
}

// JSON keeps the parts apart: no two lists of parts give one name.
function uuidV5(...parts: readonly string[]): string {
  const name = Buffer.from(JSON.stringify(parts), "utf8");
  const bytes = hash("sha1", Buffer.concat([namespace, name]), "buffer").subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
