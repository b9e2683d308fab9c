import { createHash } from "node:crypto";

/** Makes the next identifier with the given prefix, such as `msg` or `resp`. */
export type NextId = (prefix: string) => string;

/**
 * Creates a source of identifiers that are the same in every run of the same requests, and differ between requests.
 *
 * The salt is the request itself: a double that is started anew in the middle of a conversation must not hand out the
 * identifiers its predecessor gave, because call ids are unique in a conversation.
 */
export function createIdSource(): (salt: string) => NextId {
  let counter = 0;
  return (salt) => (prefix) => {
    counter += 1;
    const digest = createHash("sha256").update(`${counter}:${prefix}:${salt}`).digest("hex");
    return `${prefix}_${digest.slice(0, 48)}`;
  };
}
