import { redactBorders } from "./redact-borders.ts";
import { isEnforced, mostRounds, redactText, type TextRedaction } from "./redact-text.ts";

/** Decides by key and object which values are of a form that machines made and only machines read. */
export type IsOpaque = (key: string, value: string, owner: object) => boolean;

/** How a value is walked through. */
export interface ValueRedaction extends TextRedaction {
  readonly isOpaque?: IsOpaque | undefined;
}

/** Objects nested deeper are withheld: what is not looked at is not let through. */
const deepest = 100;

/** JSON in strings in JSON: tool arguments that hold a request body that holds a document. */
const deepestJson = 4;

/** A number with fewer digits tells nobody apart. */
const shortestNumber = 7;

/**
 * Redacts a value as JSON would carry it: keys, strings, numbers, JSON within strings, errors with their causes and stacks.
 * A number that has to be redacted becomes a string, and a number again where it is restored.
 */
export function redactValue(value: unknown, redaction: ValueRedaction): unknown {
  return new Walk(redaction).value(value, undefined);
}

class Walk {
  readonly #redaction: ValueRedaction;
  readonly #ancestors = new Set<object>();
  readonly #jsonDepth: number;

  constructor(redaction: ValueRedaction, jsonDepth = 0) {
    this.#redaction = redaction;
    this.#jsonDepth = jsonDepth;
  }

  value(value: unknown, key: string | undefined): unknown {
    if (typeof value === "string") return this.#text(value, key);
    if (typeof value === "number" || typeof value === "bigint") return this.#number(value, key);
    if (typeof value !== "object" || value === null) return value;
    if (this.#ancestors.has(value)) return this.#withhold("withheld.cycle");
    if (this.#ancestors.size >= deepest) return this.#withhold("withheld.depth");
    this.#ancestors.add(value);
    const redacted = this.#object(value, key);
    this.#ancestors.delete(value);
    return redacted;
  }

  #object(value: object, key: string | undefined): unknown {
    if (Array.isArray(value)) return this.#array(value, key);
    if (value instanceof Error) return this.#members(toErrorRecord(value));
    if ("toJSON" in value) return this.#converted(value, key);
    return this.#members(value);
  }

  /** What stands over two texts goes first: of what is redacted in one of them, the rest in the other would tell nothing. */
  #array(members: readonly unknown[], key: string | undefined): unknown {
    let before = redactBorders(members, this.#redaction);
    for (let round = 0; round < mostRounds; round += 1) {
      const redacted = before.map((member) => this.value(member, key));
      before = redactBorders(redacted, this.#redaction);
      if (before === redacted) return redacted;
    }
    return this.#withhold("withheld.unstable");
  }

  /** Dates, URLs, buffers: what says itself how JSON carries it. */
  #converted(value: object, key: string | undefined): unknown {
    try {
      return this.value(JSON.parse(JSON.stringify(value)), key);
    } catch {
      return this.#withhold("withheld.unreadable");
    }
  }

  #members(owner: object): object {
    const entries = Object.entries(owner).map(([key, member]: [string, unknown]) => {
      const opaque = typeof member === "string" && this.#redaction.isOpaque?.(key, member, owner) === true;
      return [this.#text(key, undefined), opaque ? this.#opaque(member) : this.value(member, key)] as const;
    });
    // Not by assignment: a key may be __proto__.
    return Object.fromEntries(entries);
  }

  /** A piece of what was made by chance looks like a token now and then, and is none; all of it is one. */
  #opaque(text: string): string {
    const found = redactText(text, undefined, { ...this.#redaction, keep: nothing, report: nothing });
    return isOnePlaceholder(found) ? redactText(text, undefined, this.#redaction) : text;
  }

  #text(text: string, key: string | undefined): string {
    const json = this.#json(text);
    return redactText(json ?? text, key, this.#redaction);
  }

  /** The redacted JSON of a text that is JSON and has something to redact. */
  #json(text: string): string | undefined {
    if (this.#jsonDepth >= deepestJson || !/^\s*[[{"]/.test(text)) return undefined;
    const value = parse(text);
    if (value === undefined) return undefined;
    const { isOpaque: _unchecked, report, ...rest } = this.#redaction;
    // What is only observed stays, and is found in the whole text.
    const redaction: TextRedaction = {
      ...rest,
      report: ({ hits, failures }) => report?.({ hits: hits.filter(isEnforced), failures }),
    };
    const before = JSON.stringify(value);
    const after = JSON.stringify(new Walk(redaction, this.#jsonDepth + 1).value(value, undefined));
    return after === before ? undefined : after;
  }

  #number(value: number | bigint, key: string | undefined): unknown {
    const text = String(value);
    if (text.length < shortestNumber) return value;
    const found: { readonly placeholder: string; readonly category: string; readonly value: string }[] = [];
    const keep: TextRedaction["keep"] = (placeholder, category, own) =>
      found.push({ placeholder, category, value: own });
    const redacted = redactText(text, key, { ...this.#redaction, keep });
    if (redacted === text) return value;
    const [only, ...others] = found;
    // Whoever may have one part of a number may not have another one, and a number has no parts.
    if (only !== undefined && others.length === 0 && typeof value === "number") {
      const placeholder = this.#redaction.placeholders.ofNumber(only.category, text);
      this.#redaction.keep(placeholder, only.category, text);
      return placeholder;
    }
    for (const { placeholder, category, value: own } of found) this.#redaction.keep(placeholder, category, own);
    return redacted;
  }

  #withhold(category: string): string {
    return this.#redaction.placeholders.of(category, "");
  }
}

function nothing(): undefined {
  return undefined;
}

function isOnePlaceholder(text: string): boolean {
  return /^\[\[[^[\]]*\]\]$/.test(text);
}

function toErrorRecord(error: Error): object {
  const { name, message, stack, cause } = error;
  const own: object = Object.fromEntries(Object.entries(error));
  return { ...own, name, message, ...(stack !== undefined && { stack }), ...(cause !== undefined && { cause }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
