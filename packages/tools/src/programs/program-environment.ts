import { AgentKitError, type SecretSource } from "@agentkit/core";

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

/** The variables of one run, and the secrets among them. */
export interface ResolvedEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Takes the secrets out of a text that the program wrote. */
  readonly withoutSecrets: (text: string) => string;
}

/** Reads the environment for one run; secrets are asked for each time. Throws `secret_not_found`. */
export async function resolveEnvironment(environment: ProgramEnvironment): Promise<ResolvedEnvironment> {
  const { inheritEnv = [], env = {}, secretEnv = {}, secrets } = environment;
  const inherited = inheritEnv.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const secret = await Promise.all(
    Object.entries(secretEnv).map(async ([variable, name]) => {
      const value = await secrets?.get(name);
      if (value === undefined) throw secretNotFound(name);
      return [variable, value] as const;
    }),
  );
  // The longest first: one secret may be a part of another.
  const values = secret.map(([, value]) => value).filter((value) => value !== "");
  values.sort((one, other) => other.length - one.length);
  return {
    variables: Object.fromEntries([...inherited, ...Object.entries(env), ...secret]),
    withoutSecrets: (text) => values.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text),
  };
}

function secretNotFound(name: string): AgentKitError {
  return new AgentKitError("secret_not_found", `There is no secret '${name}', which a program is to be started with.`);
}
