import { AgentKitError } from "@agentkit/core";
import type { JsonValue, SecretSource } from "@agentkit/core";
import { isJsonList, isJsonObject } from "../json/json-shape.ts";
import { toSecretPatterns } from "./secret-pattern.ts";

/** The secrets of one call: what was handed out is known, so that it can be taken out of what comes back. */
export interface CallSecrets {
  /**
   * The value of a secret.
   *
   * @throws AgentKitError `secret_not_found` when the source has none.
   */
  get(name: string): Promise<string>;
  /** Also hides a value that was made of a secret, or is a part of one. */
  remember(value: string): void;
  /**
   * The text with each value that was handed out replaced by `[secret]`, also where it is escaped for JSON, a URL or HTML, in
   * base64 or hexadecimal, and where two of them overlap.
   */
  hide(text: string): string;
  /** The value with the same done to its texts, names and numbers. */
  hideIn(value: JsonValue): JsonValue;
}

/** Hands out the secrets of one call. */
export function createCallSecrets(source: SecretSource | undefined): CallSecrets {
  const patterns = new Map<string, readonly RegExp[]>();
  const remember = (value: string): void => {
    if (value.length >= shortestHidden && !patterns.has(value)) patterns.set(value, toSecretPatterns(value));
  };
  const hide = (text: string): string => hideRanges(text, [...patterns.values()].flat());
  return {
    get: async (name) => {
      const value = await source?.get(name);
      if (value === undefined) {
        throw new AgentKitError("secret_not_found", `There is no secret '${name}', which the tool needs.`);
      }
      remember(value);
      return value;
    },
    remember,
    hide,
    hideIn: (value) => (patterns.size === 0 ? value : hideInJson(value, hide)),
  };
}

// What is shorter occurs by chance, and hiding it would spoil the text without hiding anything.
const shortestHidden = 4;

/** All are found before any is replaced: a short secret within a longer one would otherwise leave the rest of that. */
function hideRanges(text: string, patterns: readonly RegExp[]): string {
  const found = patterns.flatMap((pattern) =>
    Array.from(text.matchAll(pattern), ({ index, 0: match }) => ({ from: index, to: index + match.length })),
  );
  let hidden = "";
  let end = 0;
  for (const { from, to } of found.toSorted((one, other) => one.from - other.from)) {
    if (from >= end) hidden += `${text.slice(end, from)}[secret]`;
    end = Math.max(end, to);
  }
  return hidden + text.slice(end);
}

function hideInJson(value: JsonValue, hide: (text: string) => string): JsonValue {
  if (typeof value === "string") return hide(value);
  if (typeof value === "number") return hideNumber(value, hide);
  if (isJsonList(value)) return value.map((each) => hideInJson(each, hide));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, each]) => [hide(name), hideInJson(each ?? null, hide)] as const);
  return Object.fromEntries(entries);
}

function hideNumber(number: number, hide: (text: string) => string): JsonValue {
  const text = String(number);
  const hidden = hide(text);
  return hidden === text ? number : hidden;
}
