import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, AgentKitError } from "@agentkit/core";
import { createApprovalAuthority, type Ed25519ApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
import type { LoadedConfig } from "../config/load-config.ts";
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
  const path = join(dataDirectory, "approval.key");
  const key = readKey(path) ?? (access !== "read" && agents.some(asksForApproval) ? makeKey(path) : undefined);
  if (key === undefined) return undefined;
  if (!local && access === "create") {
    onNotice(
      `AGENTKIT_APPROVAL_KEY is not set: approvals are signed by the key in ${path}, which other machines on this log do not have.`,
    );
  }
  return useKey(path, key, earlierKeys);
}

function asksForApproval({ tools }: Agent): boolean {
  return tools.some(({ approval }) => approval !== undefined && approval.when !== "never");
}

function useKey(path: string, key: string, earlierKeys: readonly string[]): Ed25519ApprovalAuthority {
  try {
    return createApprovalAuthority({ key, earlierKeys });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`The approval key in '${path}' cannot be used. ${reason}`, error);
  }
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw invalid(`The approval key '${path}' cannot be read.`, error);
  }
}

/** Makes the key, or takes the one that another process has made meanwhile: a file has its whole content before its name. */
function makeKey(path: string): string | undefined {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(join(path, ".."), { recursive: true });
    rmSync(draft, { force: true });
    writeFileSync(draft, `${generateApprovalKey()}\n`, { mode: 0o600, flag: "wx", flush: true });
    nameOnce(draft, path);
  } catch (error) {
    throw invalid(`The approval key '${path}' cannot be made. Set AGENTKIT_APPROVAL_KEY, or free the way.`, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return readKey(path);
}

// A link never takes the place of a file that is there.
function nameOnce(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function invalid(message: string, cause: unknown): AgentKitError {
  return new AgentKitError("config_invalid", message, { cause });
}
