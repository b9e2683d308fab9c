import { join } from "node:path";
import type { Agent } from "@agentkit/core";
import { createApprovalAuthority, type Ed25519ApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
import type { LoadedConfig } from "../config/load-config.ts";
import { invalidKey, type KeyFile, obtainKeyFile, readKeyFile } from "./key-file.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";

/** How to open the approvals. */
export interface OpenApprovalsOptions {
  readonly access: LogAccess;
  /** Those that may ask for approvals: where none has a tool that does, no key is made. */
  readonly agents: readonly Agent[];
  readonly onNotice: (notice: string) => void;
}

/**
 * The authority that signs the approvals of a log: by the key of the environment, otherwise by one that is made once and kept in
 * the data directory, readable by its owner alone. Whoever only reads makes none, and has no authority where there is no key.
 *
 * @throws AgentKitError `config_invalid` for a key file that cannot be made, read or used.
 */
export function openApprovals(
  { environment, definition }: LoadedConfig,
  { local }: Pick<OpenLog, "local">,
  { access, agents, onNotice }: OpenApprovalsOptions,
): Ed25519ApprovalAuthority | undefined {
  const { approvalKey, dataDirectory } = environment;
  const { earlierApprovalKeys: earlierKeys = [] } = definition;
  if (approvalKey !== undefined) return createApprovalAuthority({ key: approvalKey, earlierKeys });
  const file = approvalKeyFile(dataDirectory);
  const makes = access !== "read" && agents.some((agent) => mayAsk(agent, definition.safety !== false));
  const key = makes ? obtainKeyFile(file, generateApprovalKey) : readKeyFile(file);
  if (key === undefined) return undefined;
  if (!local && access === "create") {
    onNotice(
      `AGENTKIT_APPROVAL_KEY is not set: approvals are signed by the key in ${file.path}, which other machines on this log do not have.`,
    );
  }
  return useKey(file, key, earlierKeys);
}

/** Where the key of approvals is kept. */
export function approvalKeyFile(dataDirectory: string): KeyFile {
  return { path: join(dataDirectory, "approval.key"), title: "approval key", variable: "AGENTKIT_APPROVAL_KEY" };
}

/** A safety policy may have any call wait for a person. */
function mayAsk({ tools }: Agent, isGuarded: boolean): boolean {
  return tools.some(({ approval }) => isGuarded || (approval !== undefined && approval.when !== "never"));
}

function useKey({ path }: KeyFile, key: string, earlierKeys: readonly string[]): Ed25519ApprovalAuthority {
  try {
    return createApprovalAuthority({ key, earlierKeys });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidKey(`The approval key in '${path}' cannot be used. ${reason}`, error);
  }
}
