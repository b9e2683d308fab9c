import { matchesName } from "@agentkit/core";
import { matchesNames } from "../policy/name-pattern.ts";
import type { RestoreRule, SafetyPolicy } from "../policy/safety-policy.ts";
import type { Vault } from "../vault/vault.ts";
import { createPlaceholders, longestPlaceholder, type Placeholders } from "./placeholder.ts";

/** What a restorer is made of. */
export interface RestorerOptions {
  /** Its `restore` rules say what is put back where. */
  readonly policy: SafetyPolicy;
  /** The key of the redactor that made the placeholders. */
  readonly key: Uint8Array;
  readonly vault: Vault;
}

/** Puts real values back where the policy lets them be, in memory: what it returns is not for the log. */
export interface Restorer {
  /** The arguments that a tool is run with: JSON text with the values that the tool and its fields may have. */
  toolArguments(session: string, tool: string, argumentsText: string): Promise<string>;
  /** The final answer, as the user reads it. */
  answer(session: string, text: string): Promise<string>;
  /** The final answer as it is streamed, in pieces that end anywhere. Holds back only what may become a placeholder. */
  answerStream(session: string, pieces: AsyncIterable<string>): AsyncGenerator<string, void>;
}

/**
 * Makes a restorer. A placeholder whose value may not be put back, is not there, or whose subject was erased, stays as it is;
 * what was escaped because it only looked like a placeholder reads as it was written.
 *
 * @example
 * ```ts
 * import {
 *   createInMemorySubjectKeys, createInMemoryVaultStore, createPiiDetector, createRedactor, createRestorer, createVault, defineSafetyPolicy,
 * } from "@agentkit/safety";
 *
 * const rule = { id: "mail", detector: "pii", surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
 * const restore = [{ categories: ["pii.email"], tools: ["send_*"], fields: ["to"] }];
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule], restore }, { detectors: [createPiiDetector()] });
 * const vault = createVault({ store: createInMemoryVaultStore(), keys: createInMemorySubjectKeys() });
 * const key = crypto.getRandomValues(new Uint8Array(32));
 * const to = createRedactor({ policy, key, vault }).text("ada@example.org", { session: "a1" });
 * const restored = await createRestorer({ policy, key, vault }).toolArguments("a1", "send_mail", JSON.stringify({ to }));
 * console.log(restored); // {"to":"ada@example.org"}
 * ```
 */
export function createRestorer({ policy, key, vault }: RestorerOptions): Restorer {
  const answerRules = policy.restore.filter(({ answer }) => answer === true);
  const textOf = async (place: RestorePlace, text: string): Promise<string> => restoreText(vault, place, text);
  const toPlace = (session: string, rules: readonly RestoreRule[]): RestorePlace => ({
    session,
    placeholders: createPlaceholders(key, session),
    mayHave: matchesNames(rules.flatMap(({ categories }) => categories)),
  });
  return {
    async toolArguments(session, tool, argumentsText) {
      const rules = policy.restore.filter(({ tools }) => tools?.some((pattern) => matchesName(pattern)(tool)));
      const value = argumentsText.includes("[[") ? parse(argumentsText) : undefined;
      if (value === undefined) return argumentsText;
      const restored = await restoreFields(value, [], async (path, text) => {
        const fitting = rules.filter(({ fields }) => matchesNames(fields)(path.join(".")));
        return textOf(toPlace(session, fitting), text);
      });
      return JSON.stringify(restored);
    },
    answer: (session, text) => textOf(toPlace(session, answerRules), text),
    async *answerStream(session, pieces) {
      const place = toPlace(session, answerRules);
      let held = "";
      for await (const piece of pieces) {
        held += piece;
        const end = releasable(held);
        if (end === 0) continue;
        const released = held.slice(0, end);
        held = held.slice(end);
        yield await textOf(place, released);
      }
      if (held !== "") yield await textOf(place, held);
    },
  };
}

interface RestorePlace {
  readonly session: string;
  readonly placeholders: Placeholders;
  readonly mayHave: (category: string) => boolean;
}

async function restoreText(vault: Vault, place: RestorePlace, text: string): Promise<string> {
  if (!text.includes("[[")) return text;
  const { session, placeholders, mayHave } = place;
  const parts = placeholders.split(text).map(async (piece) => {
    if (piece.type === "escaped") return piece.literal;
    const found = piece.type === "placeholder" ? await vault.open(session, piece.text) : undefined;
    return found !== undefined && mayHave(found.category) ? found.value : piece.text;
  });
  return (await Promise.all(parts)).join("");
}

type RestoreField = (path: readonly (string | number)[], text: string) => Promise<string>;

async function restoreFields(
  value: unknown,
  path: readonly (string | number)[],
  restore: RestoreField,
): Promise<unknown> {
  if (typeof value === "string") return restore(path, value);
  if (Array.isArray(value)) {
    return Promise.all(value.map(async (member: unknown, index) => restoreFields(member, [...path, index], restore)));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, member]: [string, unknown]) => {
    const own = [...path, key];
    return [await restore(own, key), await restoreFields(member, own, restore)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How much of a text cannot become a part of a placeholder any more, whatever follows. */
function releasable(text: string): number {
  const from = Math.max(text.length - longestPlaceholder, 0);
  const start = text.indexOf("[", from);
  for (let open = start; open >= 0; open = text.indexOf("[", open + 1)) {
    if (/^\[(?:\[[~:\dA-Za-z_]*\]?)?$/.test(text.slice(open))) return open;
  }
  return text.length;
}
