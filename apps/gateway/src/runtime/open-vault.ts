import { join } from "node:path";
import type { SafetyPolicy, Vault } from "@agentkit/safety";
import type { LoadedConfig } from "../config/load-config.ts";
import { toDataFile } from "./data-file.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";

/** A vault, and the files of it that are open. */
export interface OpenVault {
  readonly vault: Vault;
  close(): Promise<void>;
}

/** For what to open the vault. */
export interface OpenVaultOptions {
  readonly access: LogAccess;
  readonly policy: SafetyPolicy;
}

/**
 * Opens what keeps redacted values that the policy may put back: that of the configuration, otherwise two files in the data
 * directory. `undefined` where the policy puts nothing back, and for whoever only reads.
 *
 * @throws AgentKitError `store_*` for files that cannot be used. They are not ours to set aside: what they hold is nowhere else.
 */
export async function openVault(
  config: LoadedConfig,
  opened: OpenLog,
  { access, policy }: OpenVaultOptions,
): Promise<OpenVault | undefined> {
  if (access === "read" || policy.restore.length === 0) return undefined;
  const { safety } = config.definition;
  const own = safety === false ? undefined : safety?.vault;
  const { createVault } = await import("@agentkit/safety");
  if (own !== undefined) return { vault: createVault(own), close: async () => undefined };
  const { createSqliteSubjectKeys, createSqliteVaultStore } = await import("@agentkit/safety-sqlite");
  const store = createSqliteVaultStore({ path: toPath(config, opened, "vault") });
  try {
    const keys = createSqliteSubjectKeys({ path: toPath(config, opened, "vault-keys") });
    return {
      vault: createVault({ store, keys }),
      async close() {
        await store.close();
        await keys.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

// Sessions have ids that no two logs share, so that one whose name is not known can have the files without one.
function toPath(config: LoadedConfig, opened: OpenLog, name: string): string {
  return toDataFile(config, opened, name) ?? join(config.environment.dataDirectory, `${name}.sqlite`);
}
