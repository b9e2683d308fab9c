import { AgentKitError } from "@agentkit/core";
import type { SecretSource } from "@agentkit/core";

/** The secrets of one call: what was handed out is known, so that it can be taken out of what comes back. */
export interface CallSecrets {
  /**
   * The value of a secret.
   *
   * @throws AgentKitError `secret_not_found` when the source has none.
   */
  get(name: string): Promise<string>;
  /** Also hides a value that was made of a secret. */
  remember(value: string): void;
  /** The text with each value that was handed out replaced, also where it is escaped for JSON or a URL. */
  hide(text: string): string;
}

/** Hands out the secrets of one call. */
export function createCallSecrets(source: SecretSource | undefined): CallSecrets {
  const values = new Set<string>();
  return {
    get: async (name) => {
      const value = await source?.get(name);
      if (value === undefined) {
        throw new AgentKitError("secret_not_found", `There is no secret '${name}', which the tool needs.`);
      }
      values.add(value);
      return value;
    },
    remember: (value) => {
      values.add(value);
    },
    hide: (text) => [...values].reduce(hideValue, text),
  };
}

// What is shorter occurs by chance, and hiding it would spoil the text without hiding anything.
const shortestHidden = 4;

function hideValue(text: string, value: string): string {
  if (value.length < shortestHidden) return text;
  const forms = new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]);
  return [...forms].reduce((hidden, form) => hidden.replaceAll(form, "[secret]"), text);
}
