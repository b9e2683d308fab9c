import type { SecretSource } from "@agentkit/core";
import type { CallSecrets } from "../secrets/call-secrets.ts";

/** What a program finds in its environment; nothing else is passed on. */
export interface ProgramEnvironment {
  /** Names of variables of this process that it gets, for instance `PATH`. Default: none. */
  readonly inheritEnv?: readonly string[];
  /** Variables with their values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables whose values come from `secrets`: the variable's name to the secret's name. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  readonly secrets?: SecretSource;
}

/** The variables of one run. `secrets` hands out those that are secret. Throws `secret_not_found`. */
export async function resolveEnvironment(
  environment: ProgramEnvironment,
  secrets: CallSecrets,
): Promise<Readonly<Record<string, string>>> {
  const { inheritEnv = [], env = {}, secretEnv = {} } = environment;
  const inherited = inheritEnv.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const secret = await Promise.all(
    Object.entries(secretEnv).map(async ([variable, name]) => [variable, await secrets.get(name)] as const),
  );
  return Object.fromEntries([...inherited, ...Object.entries(env), ...secret]);
}
