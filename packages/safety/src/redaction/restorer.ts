import { matchesName } from "@agentkit/core";
import { matchesNames } from "../policy/name-pattern.ts";
import type { RestoreRule, SafetyPolicy } from "../policy/safety-policy.ts";
import type { OpenedValue, Vault } from "../vault/vault.ts";
import { type AnswerStream, createAnswerStream } from "./answer-stream.ts";
import { createPlaceholderBook } from "./placeholder-book.ts";
import { definitionsSession, isNumberPlaceholder, type Placeholders, type TextPiece } from "./placeholder.ts";

/** What a restorer is made of. */
export interface RestorerOptions {
  /** Its `restore` rules say what is put back where. */
  readonly policy: SafetyPolicy;
  /** The key of the redactor that made the placeholders. */
  readonly key: Uint8Array;
  /** Where the values are. Without it, only what was escaped reads as it was written. */
  readonly vault?: Vault;
}

/** Puts real values back where the policy lets them be, in memory: what it returns is not for the log. */
export interface Restorer {
  /** Whether a tool's arguments may hold something that `toolArguments` changes. Pure. */
  concerns(tool: string, argumentsText: string): boolean;
  /** The arguments that a tool is run with: JSON text with the values that the tool and its fields may have. */
  toolArguments(session: string, tool: string, argumentsText: string): Promise<string>;
  /** The arguments of a call as the reader of an answer is shown them: with what answers may have, whatever the tool may. */
  answerArguments(session: string, argumentsText: string): Promise<string>;
  /** The final answer, as the user reads it. */
  answer(session: string, text: string): Promise<string>;
  /** What restores a final answer piece by piece. Holds back only what may become a placeholder. */
  toAnswerStream(session: string): AnswerStream;
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
  const rulesOf = (tool: string): readonly RestoreRule[] =>
    policy.restore.filter(({ tools }) => tools?.some((pattern) => matchesName(pattern)(tool)));
  const textOf = async (place: RestorePlace, text: string): Promise<string> => restoreText(vault, place, text);
  const placeholdersOf = createPlaceholderBook(key);
  const toPlace = (session: string, rules: readonly RestoreRule[]): RestorePlace => ({
    session,
    placeholders: placeholdersOf(session),
    mayHave: matchesNames(rules.flatMap(({ categories }) => categories)),
  });
  const toAnswerStream = (session: string): AnswerStream => {
    const place = toPlace(session, answerRules);
    return createAnswerStream((text) => textOf(place, text));
  };
  return {
    concerns: (tool, argumentsText) =>
      argumentsText.includes("[[~") || (argumentsText.includes("[[") && rulesOf(tool).length > 0),
    async toolArguments(session, tool, argumentsText) {
      const rules = rulesOf(tool);
      return restoreJson(argumentsText, async (path, text) => {
        const fitting = rules.filter(({ fields }) => matchesNames(fields)(path.join(".")));
        return textOf(toPlace(session, fitting), text);
      });
    },
    async answerArguments(session, argumentsText) {
      const place = toPlace(session, answerRules);
      return restoreJson(argumentsText, async (_path, text) => textOf(place, text));
    },
    toAnswerStream,
    answer: (session, text) => textOf(toPlace(session, answerRules), text),
    async *answerStream(session, pieces) {
      const stream = toAnswerStream(session);
      for await (const piece of pieces) {
        const text = await stream.push(piece);
        if (text !== "") yield text;
      }
      const rest = await stream.end();
      if (rest !== "") yield rest;
    },
  };
}

interface RestorePlace {
  readonly session: string;
  readonly placeholders: Placeholders;
  readonly mayHave: (category: string) => boolean;
}

async function restoreText(vault: Vault | undefined, place: RestorePlace, text: string): Promise<string> {
  if (!text.includes("[[")) return text;
  const { session, placeholders, mayHave } = place;
  const pieces = placeholders.split(text);
  const found = await openAll(vault, session, pieces);
  const parts = pieces.map((piece) => {
    if (piece.type === "escaped") return piece.literal;
    const opened = piece.type === "placeholder" ? found.get(piece.text) : undefined;
    return opened !== undefined && mayHave(opened.category) ? opened.value : piece.text;
  });
  return parts.join("");
}

/** A placeholder of a definition is kept apart from those of sessions, and means the same in each. */
async function openAll(
  vault: Vault | undefined,
  session: string,
  pieces: readonly TextPiece[],
): Promise<ReadonlyMap<string, OpenedValue>> {
  const asked = new Set(pieces.flatMap(({ type, text }) => (type === "placeholder" ? [text] : [])));
  if (vault === undefined || asked.size === 0) return new Map();
  const own = await vault.openAll(session, asked);
  const others = [...asked].filter((placeholder) => !own.has(placeholder));
  return new Map([...own, ...(await vault.openAll(definitionsSession, others))]);
}

type RestoreField = (path: readonly (string | number)[], text: string) => Promise<string>;

async function restoreJson(text: string, restore: RestoreField): Promise<string> {
  const value = text.includes("[[") ? parse(text) : undefined;
  return value === undefined ? text : JSON.stringify(await restoreFields(value, [], restore));
}

async function restoreFields(
  value: unknown,
  path: readonly (string | number)[],
  restore: RestoreField,
): Promise<unknown> {
  if (typeof value === "string") return restoreString(value, path, restore);
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

/** A string that stands for a number is one again. */
async function restoreString(
  value: string,
  path: readonly (string | number)[],
  restore: RestoreField,
): Promise<string | number> {
  const restored = await restore(path, value);
  return restored !== value && isNumberPlaceholder(value) ? Number(restored) : restored;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
