import type { SecretSource } from "@agentkit/core";

/** Which variables are secrets, and where they are. */
export interface EnvironmentSecretsOptions {
  /** The variables that may be read. No other one can be reached by a tool's definition or a document. */
  readonly names: readonly string[];
  /** Default: the process's own environment, as it is when a secret is asked for. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * A {@link SecretSource} of environment variables. An empty variable counts as missing.
 *
 * @example
 * ```ts
 * import { environmentSecrets } from "@agentkit/tools";
 *
 * const secrets = environmentSecrets({ names: ["BILLING_API_KEY"] });
 * console.log((await secrets.get("HOME")) === undefined);
 * ```
 */
export function environmentSecrets({ names, environment }: EnvironmentSecretsOptions): SecretSource {
  const readable = new Set(names);
  return {
    get: async (name) => {
      const value = readable.has(name) ? (environment ?? process.env)[name] : undefined;
      return Promise.resolve(value === "" ? undefined : value);
    },
  };
}
