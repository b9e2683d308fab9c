import { resolve } from "node:path";
import { AgentKitError } from "@agentkit/core";
import { z } from "zod";
import { findSecrets } from "./find-secrets.ts";

/** The environment variables AgentKit reads, checked and with their defaults. */
export interface Environment {
  /** `PORT`; 0 takes any free one. Default 8787. */
  readonly port: number;
  /** `HOST`. Default 127.0.0.1. */
  readonly host: string;
  /** `AGENTKIT_DATA_DIR` as an absolute path. Default `./.agentkit`. */
  readonly dataDirectory: string;
  /** `AGENTKIT_CONFIG` as an absolute path. */
  readonly configPath: string | undefined;
  /** `OPENAI_API_KEY`. */
  readonly apiKey: string | undefined;
  /** `OPENAI_BASE_URL`. */
  readonly baseURL: string | undefined;
  /** `EVENTSTOREDB_URL`: the connection string of the EventStoreDB that keeps the log instead of a file. */
  readonly eventStoreDB: string | undefined;
  /** `EVENTSTOREDB_STREAM_PREFIX`: how the streams of the log begin there, where others use the same database. Default none. */
  readonly streamPrefix: string;
  /** `AGENTKIT_APPROVAL_KEY`: the secret key that signs approvals, the same for all processes that work on the log. */
  readonly approvalKey: string | undefined;
  /** `AGENTKIT_REDACTION_KEY`: the secret key that placeholders are made with, the same for all processes that work on the log. */
  readonly redactionKey: string | undefined;
  /** The values of variables that are named like secrets, and the passwords in addresses: they are known to be secret. */
  readonly secrets: readonly string[];
  /** `AGENTKIT_MODEL`: the model the built-in agent asks for. Default gpt-5.1. */
  readonly modelName: string;
}

/** Variables by name, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What messages call a variable, by its name, where it is not called by that. */
export type VariableTitles = Readonly<Record<string, string>>;

/** What a variable has to be, for the message when it is not. Only variables listed here have their value repeated. */
const printable = new Set(["PORT", "HOST", "AGENTKIT_MODEL", "EVENTSTOREDB_STREAM_PREFIX"]);

const keySchema = z
  .string()
  .regex(/^(?:[0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/, "must be 32 bytes, as 64 hexadecimal digits or as base64")
  .optional();

const schema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a whole number from 0 to 65535")
    .transform(Number)
    .refine((port) => port <= 65_535, "must be a whole number from 0 to 65535")
    .default(8787),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, "must be a host name or an address such as 127.0.0.1, without a port")
    .default("127.0.0.1"),
  AGENTKIT_DATA_DIR: z
    .string()
    .refine((path) => !path.includes("\0"), "must be a path")
    .default("./.agentkit"),
  AGENTKIT_CONFIG: z.string().optional(),
  AGENTKIT_APPROVAL_KEY: keySchema,
  AGENTKIT_REDACTION_KEY: keySchema,
  AGENTKIT_MODEL: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "must be the name of a model, without spaces")
    .default("gpt-5.1"),
  EVENTSTOREDB_URL: z
    .string()
    .regex(/^esdb(\+discover)?:\/\/\S+$/, "must be a connection string such as esdb://localhost:2113?tls=false")
    .optional(),
  EVENTSTOREDB_STREAM_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,100}$/, "must be at most 100 characters of A-Z a-z 0-9 . _ : -")
    .default(""),
  OPENAI_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable characters without spaces (was it copied whole?)")
    .optional(),
  OPENAI_BASE_URL: z
    .string()
    .refine(isHttpUrl, "must be a URL that starts with http:// or https://, such as https://api.openai.com/v1")
    .optional(),
});

/**
 * Checks the environment and fills in the defaults. A variable that is empty counts as not set.
 *
 * @param directory where relative paths start.
 * @param titles what to call a variable that was set in another way, such as `--port` for `PORT`.
 * @throws AgentKitError `config_invalid` with every fault by the variable's name; a secret is never repeated.
 *
 * @example
 * ```ts
 * import { parseEnvironment } from "@agentkit/gateway";
 *
 * const { port } = parseEnvironment({ PORT: "0" }, "/srv/agents"); // 0
 * ```
 */
export function parseEnvironment(variables: Variables, directory: string, titles: VariableTitles = {}): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(set);
  if (!parsed.success) throw invalid(parsed.error, set, titles);
  const values = parsed.data;
  return {
    port: values.PORT,
    host: values.HOST,
    dataDirectory: resolve(directory, values.AGENTKIT_DATA_DIR),
    configPath: values.AGENTKIT_CONFIG === undefined ? undefined : resolve(directory, values.AGENTKIT_CONFIG),
    approvalKey: values.AGENTKIT_APPROVAL_KEY,
    redactionKey: values.AGENTKIT_REDACTION_KEY,
    secrets: findSecrets(set),
    apiKey: values.OPENAI_API_KEY,
    baseURL: values.OPENAI_BASE_URL,
    eventStoreDB: values.EVENTSTOREDB_URL,
    streamPrefix: values.EVENTSTOREDB_STREAM_PREFIX,
    modelName: values.AGENTKIT_MODEL,
  };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function invalid(error: z.ZodError, set: Variables, titles: VariableTitles): AgentKitError {
  const faults = error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    const value = printable.has(name) ? ` (it is ${JSON.stringify(set[name])})` : "";
    return `${titles[name] ?? name} ${message}${value}`;
  });
  return new AgentKitError("config_invalid", `The settings are not right: ${[...new Set(faults)].join("; ")}.`);
}
