import { hash } from "node:crypto";
import { createMarks, createPlaceholders, type Digits, type Placeholders } from "./placeholder.ts";

/** Sessions whose placeholders are at hand: making them takes several hashes. */
const capacity = 256;

/** Makes the placeholders of sessions from the redaction key, once for each that is in use. */
export function createPlaceholderBook(key: Uint8Array): (session: string) => Placeholders {
  const own = Uint8Array.from(key);
  const marks = marksOf(own);
  const known = new Map<string, Placeholders>();
  return (session) => {
    const before = known.get(session);
    if (before !== undefined) return before;
    const placeholders = createPlaceholders(own, session, marks);
    if (known.size >= capacity) known.clear();
    known.set(session, placeholders);
    return placeholders;
  };
}

/** A redactor, a guard and a restorer of one deployment look at the same placeholders. */
const marksByKey = new Map<string, Digits>();
const mostKeys = 4;

function marksOf(key: Uint8Array): Digits {
  const name = hash("sha256", key);
  const marks = marksByKey.get(name) ?? createMarks(key);
  if (marksByKey.size >= mostKeys) marksByKey.clear();
  marksByKey.set(name, marks);
  return marks;
}
