import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { AgentKitError } from "@agentkit/core";
import type { Detector, SafetyPolicy, SafetyPolicyDefinition } from "@agentkit/safety";
import { importDefault } from "../config/import-module.ts";
import type { LoadedConfig } from "../config/load-config.ts";

/**
 * The safety policy of a configuration: the one it holds, the one in the file it names, or the default.
 *
 * @throws AgentKitError `safety_policy_invalid` for a policy that cannot work, with the line in a file; `config_invalid` for a file
 *   that cannot be read.
 *
 * @example
 * ```ts
 * import { loadConfig, openPolicy } from "@agentkit/gateway";
 * import { createDefaultDetectors } from "@agentkit/safety";
 *
 * const policy = await openPolicy(await loadConfig(), createDefaultDetectors());
 * console.log(policy.id, policy.hash);
 * ```
 */
export async function openPolicy(config: LoadedConfig, detectors: readonly Detector[]): Promise<SafetyPolicy> {
  const { safety } = config.definition;
  const { defaultSafetyPolicy, defineSafetyPolicy } = await import("@agentkit/safety");
  const given = (safety === false ? undefined : safety?.policy) ?? defaultSafetyPolicy;
  if (typeof given !== "string") return defineSafetyPolicy(given, { detectors });
  return readPolicy(resolve(config.path === undefined ? process.cwd() : dirname(config.path), given), detectors);
}

/** The endings of files that are programs. Others are read as text. */
const programs: readonly string[] = [".ts", ".mts", ".js", ".mjs"];

/**
 * Reads a safety policy from a file: YAML, JSON, the block of a Markdown document, or the default export of a program, which is a
 * definition or what `defineSafetyPolicy` made of one.
 *
 * @throws AgentKitError as {@link openPolicy}.
 *
 * @example
 * ```ts
 * import { readPolicy } from "@agentkit/gateway";
 * import { createDefaultDetectors } from "@agentkit/safety";
 *
 * const policy = await readPolicy("SSOT.md", createDefaultDetectors());
 * console.log(policy.rules.length);
 * ```
 */
export async function readPolicy(path: string, detectors: readonly Detector[]): Promise<SafetyPolicy> {
  const { defineSafetyPolicy, parseSafetyPolicy } = await import("@agentkit/safety");
  const isProgram = programs.includes(extname(path));
  const given = isProgram
    ? await importDefault(path, "{ id, version, rules } satisfies SafetyPolicyDefinition")
    : await readText(path);
  if (isPolicy(given)) return given;
  try {
    if (typeof given === "string") return parseSafetyPolicy(given, { detectors });
    // It is checked as what was written in any other form is.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- defineSafetyPolicy refuses what is none
    return defineSafetyPolicy(given as SafetyPolicyDefinition, { detectors });
  } catch (error) {
    throw nameFile(error, path);
  }
}

function isPolicy(value: unknown): value is SafetyPolicy {
  if (typeof value !== "object" || value === null || !("hash" in value) || !("rules" in value)) return false;
  return Array.isArray(value.rules) && value.rules.every((rule: unknown) => rule instanceof Object && "judge" in rule);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AgentKitError("config_invalid", `The safety policy '${path}' cannot be read.`, { cause });
  }
}

function nameFile(error: unknown, path: string): unknown {
  if (!AgentKitError.is(error)) return error;
  const { code, message, param } = error;
  return new AgentKitError(code, `${path}: ${message}`, { cause: error, ...(param !== undefined && { param }) });
}
