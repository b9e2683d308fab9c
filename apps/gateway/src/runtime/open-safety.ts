import { AgentKitError, type Safety } from "@agentkit/core";
import type { Detector, ModerationService, SafetyPolicy } from "@agentkit/safety";
import type { LoadedConfig } from "../config/load-config.ts";
import type { SafetyConfig } from "../safety/safety-config.ts";
import { readKeyFile } from "./key-file.ts";
import { approvalKeyFile } from "./open-approvals.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";
import { openPolicy } from "./open-policy.ts";
import { openVault } from "./open-vault.ts";
import { openRedactionKey, redactionKeyFile } from "./redaction-key.ts";

/** What keeps the agents safe, and what it is made of. */
export interface RuntimeSafety extends Safety {
  /** The policy that is in force, with its rules. */
  readonly activePolicy: SafetyPolicy;
  /** The detectors that a policy may name here. */
  readonly detectors: readonly Detector[];
  /** Scores texts for rules of moderation; `undefined` where the policy has none, or nothing moderates. */
  readonly moderation: ModerationService | undefined;
}

/** An open safety. */
export interface OpenSafety {
  readonly safety: RuntimeSafety;
  close(): Promise<void>;
}

/** How to open the safety of a log. */
export interface OpenSafetyOptions {
  readonly access: LogAccess;
  readonly onNotice: (notice: string) => void;
}

/**
 * Puts the configured policy, or the default one, to work on a log; `undefined` where the configuration wants none. Whoever only
 * reads makes no file and needs no moderation, and nothing is put back for them.
 *
 * @throws AgentKitError `safety_policy_invalid` for a policy that cannot work; `config_invalid` for one that cannot be read or has
 *   nothing that moderates, and for keys that cannot be used; `store_*` for the vault's files.
 */
export async function openSafety(
  config: LoadedConfig,
  opened: OpenLog,
  options: OpenSafetyOptions,
): Promise<OpenSafety | undefined> {
  const { safety: given = {} } = config.definition;
  if (given === false) return undefined;
  // Loaded here, because the detectors take a moment and a configuration can do without.
  const { createModerationService, createOverrideBook, createSafety } = await import("@agentkit/safety");
  const key = openRedactionKey(config, opened, options);
  const detectors = await openDetectors(config, given);
  const policy = await openPolicy(config, detectors);
  const moderator = await openModerator(config, policy, options);
  const moderation = moderator && createModerationService({ moderator });
  const kept = await openVault(config, opened, { access: options.access, policy });
  const safety = createSafety({
    policy,
    key,
    overrides: createOverrideBook(opened.log),
    ...(moderation && { moderation }),
    ...(kept && { vault: kept.vault }),
  });
  return {
    safety: { ...safety, activePolicy: policy, detectors, moderation },
    close: async () => kept?.close(),
  };
}

async function openDetectors(config: LoadedConfig, given: SafetyConfig): Promise<readonly Detector[]> {
  const { createDefaultDetectors } = await import("@agentkit/safety");
  const known = await readSecrets(config, given);
  const { allowHosts, detectors = [] } = given;
  return [...createDefaultDetectors({ known, ...(allowHosts && { allowHosts }) }), ...detectors];
}

/** Everything that this process knows to be secret, its own keys included: an agent may read files. */
async function readSecrets({ environment }: LoadedConfig, { secrets = [] }: SafetyConfig): Promise<readonly string[]> {
  const { dataDirectory } = environment;
  const keys = [approvalKeyFile(dataDirectory), redactionKeyFile(dataDirectory)].map(readKeyFile);
  const given =
    "source" in secrets ? await Promise.all(secrets.names.map(async (name) => secrets.source.get(name))) : secrets;
  return [...environment.secrets, ...keys, ...given].filter((secret) => secret !== undefined);
}

async function openModerator(
  { definition, environment }: LoadedConfig,
  policy: SafetyPolicy,
  { access }: OpenSafetyOptions,
) {
  const own = definition.safety === false ? undefined : definition.safety?.moderator;
  const isAsked = policy.rules.some(({ rule }) => rule.detector === "moderation");
  if (!isAsked || own !== undefined || access === "read") return isAsked ? own : undefined;
  const { apiKey, baseURL } = environment;
  if (apiKey === undefined) {
    const message = `The safety policy '${policy.id}' has rules of moderation, and nothing moderates. Set OPENAI_API_KEY, or 'safety.moderator' in the configuration.`;
    throw new AgentKitError("config_invalid", message);
  }
  const { createOpenAIModerator } = await import("@agentkit/openai");
  return createOpenAIModerator({ apiKey, ...(baseURL !== undefined && { baseURL }) });
}
