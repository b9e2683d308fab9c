import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AgentKitError } from "@agentkit/core";
import type { Detector, SafetyPolicy } from "@agentkit/safety";
import type { LoadedConfig } from "../config/load-config.ts";

/**
 * The safety policy of a configuration: the one it holds, the one in the file it names, or the default.
 *
 * @throws AgentKitError `safety_policy_invalid` for a policy that cannot work, with the line in a file; `config_invalid` for a file
 *   that cannot be read.
 */
export async function openPolicy(config: LoadedConfig, detectors: readonly Detector[]): Promise<SafetyPolicy> {
  const { safety } = config.definition;
  const { defaultSafetyPolicy, defineSafetyPolicy, parseSafetyPolicy } = await import("@agentkit/safety");
  const given = (safety === false ? undefined : safety?.policy) ?? defaultSafetyPolicy;
  if (typeof given !== "string") return defineSafetyPolicy(given, { detectors });
  const path = resolve(config.path === undefined ? process.cwd() : dirname(config.path), given);
  const text = await readPolicy(path);
  try {
    return parseSafetyPolicy(text, { detectors });
  } catch (error) {
    throw nameFile(error, path);
  }
}

async function readPolicy(path: string): Promise<string> {
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
