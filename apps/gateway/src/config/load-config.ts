import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentKitError, parsePrincipal } from "@agentkit/core";
import { z } from "zod";
import { mcpConfigSchema } from "../mcp/mcp-config.ts";
import { safetyConfigSchema } from "../safety/safety-config.ts";
import type { AgentKitConfig } from "./define-config.ts";
import { type Environment, parseEnvironment, type Variables, type VariableTitles } from "./environment.ts";
import { importDefault } from "./import-module.ts";

/** The environment and the configuration file, checked. */
export interface LoadedConfig {
  readonly environment: Environment;
  /** The file that was read; `undefined` when there is none and the defaults hold. */
  readonly path: string | undefined;
  readonly definition: AgentKitConfig;
}

/** Where to look. */
export interface LoadConfigOptions {
  /** Default: the working directory. */
  readonly directory?: string;
  /** Default: the process's environment. */
  readonly variables?: Variables;
  /** What messages call a variable that was set in another way, such as `--port` for `PORT`. Default: its name. */
  readonly titles?: VariableTitles;
}

/** The names of a configuration file, in the order they are looked for. */
const fileNames = ["agentkit.config.ts", "agentkit.config.mts", "agentkit.config.js", "agentkit.config.mjs"];

/**
 * Reads the environment and then the configuration: the file that `AGENTKIT_CONFIG` names, or `agentkit.config.ts` (`.mts`,
 * `.js`, `.mjs`) in the directory. The file may import AgentKit's packages, `zod` and `openai` wherever it is: what is not
 * installed beside it is taken from where the gateway is installed (Node 22.15 or newer).
 *
 * @throws AgentKitError `config_invalid` for a fault in either, and for a named file that does not exist.
 *
 * @example
 * ```ts
 * import { loadConfig, openRuntime } from "@agentkit/gateway";
 *
 * const runtime = await openRuntime(await loadConfig());
 * console.log(runtime.modelDescription, runtime.logDescription);
 * await runtime.close();
 * ```
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<LoadedConfig> {
  const directory = options.directory ?? process.cwd();
  const { titles = {} } = options;
  const environment = parseEnvironment(options.variables ?? process.env, directory, titles);
  const path = findFile(environment, directory, titles);
  return { environment, path, definition: path === undefined ? {} : await importDefinition(path) };
}

function findFile({ configPath }: Environment, directory: string, titles: VariableTitles): string | undefined {
  if (configPath === undefined) return fileNames.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (existsSync(configPath)) return configPath;
  throw invalid(`${titles["AGENTKIT_CONFIG"] ?? "AGENTKIT_CONFIG"} names '${configPath}', which does not exist.`);
}

async function importDefinition(path: string): Promise<AgentKitConfig> {
  return checkDefinition(await importDefault(path, "defineConfig({ ... })"), path);
}

const isFunction = (value: unknown): boolean => typeof value === "function";

const agentSchema = z.custom<NonNullable<AgentKitConfig["agents"]>[number]>((value) => {
  return typeof value === "object" && value !== null && "version" in value && "limits" in value && "window" in value;
}, "must be made by defineAgent");
const modelSchema = z.custom<NonNullable<AgentKitConfig["model"]>>((value) => {
  return typeof value === "object" && value !== null && "stream" in value && isFunction(value.stream);
}, "must be a Model, such as createOpenAIModel() makes");
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const policySchema = z.custom<NonNullable<AgentKitConfig["access"]>>((value) => {
  return isObject(value) && "decide" in value && isFunction(value.decide);
}, "must be an AccessPolicy, such as createAccessPolicy() makes");
// Its keys are in no message: somebody may have written an API key there in the place of its hash.
const apiKeysSchema = z.custom<NonNullable<AgentKitConfig["apiKeys"]>>(
  (value) => isObject(value) && Object.entries(value).every(([hash, principal]) => isKey(hash, principal)),
  "must be principals ({ user?, tenant?, roles }) by the SHA-256 of a key in 64 hexadecimal digits",
);

function isKey(hash: string, principal: unknown): boolean {
  return /^[0-9a-f]{64}$/i.test(hash) && parsePrincipal(principal) !== undefined;
}

const definitionSchema = z
  .strictObject({
    agents: z.array(agentSchema).min(1, "must have at least one agent").optional(),
    model: modelSchema.optional(),
    models: z.array(z.string().min(1)).optional(),
    log: functionSchema<AgentKitConfig["log"]>("must be a function that opens an EventLog"),
    authenticate: functionSchema<AgentKitConfig["authenticate"]>("must be a function of a request"),
    apiKeys: apiKeysSchema.optional(),
    access: policySchema.optional(),
    prices: functionSchema<AgentKitConfig["prices"]>("must be a function of a model's name"),
    earlierApprovalKeys: z.array(z.string()).optional(),
    mcp: mcpConfigSchema.optional(),
    safety: safetyConfigSchema.optional(),
  })
  .refine(({ authenticate, apiKeys }) => authenticate === undefined || apiKeys === undefined, {
    path: ["apiKeys"],
    error: "must be left out where there is an 'authenticate'",
  });

function functionSchema<T>(message: string): z.ZodOptional<z.ZodType<NonNullable<T>>> {
  return z.custom<NonNullable<T>>(isFunction, message).optional();
}

function checkDefinition(value: unknown, path: string): AgentKitConfig {
  const parsed = definitionSchema.safeParse(value);
  if (!parsed.success) throw invalid(`'${path}' is not right.\n${z.prettifyError(parsed.error)}`, parsed.error);
  const { agents, model, models, log, authenticate, apiKeys, ...rules } = parsed.data;
  return {
    ...(agents && { agents }),
    ...(model && { model }),
    ...(models && { models }),
    ...(log && { log }),
    ...(authenticate && { authenticate }),
    ...(apiKeys && { apiKeys }),
    ...toRules(rules),
  };
}

type Rules = Pick<AgentKitConfig, "access" | "prices" | "earlierApprovalKeys" | "mcp" | "safety">;

function toRules(rules: { readonly [Name in keyof Rules]: Rules[Name] | undefined }): Rules {
  const { access, prices, earlierApprovalKeys, mcp, safety } = rules;
  return {
    ...(access && { access }),
    ...(prices && { prices }),
    ...(earlierApprovalKeys && { earlierApprovalKeys }),
    ...(mcp && { mcp }),
    ...(safety !== undefined && { safety }),
  };
}

function invalid(message: string, cause?: unknown): AgentKitError {
  return new AgentKitError("config_invalid", message, { cause });
}
