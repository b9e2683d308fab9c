import type { Agent, ApprovalAuthority, EventLog, ProjectionStore, SnapshotStore } from "@agentkit/core";
import type { SqliteLeaseStore } from "@agentkit/store-sqlite";
import type { LoadedConfig } from "../config/load-config.ts";
import { toDataFile } from "./data-file.ts";
import { openApprovals } from "./open-approvals.ts";
import { openLeases } from "./open-leases.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";
import { openProjections } from "./open-projections.ts";
import { openSafety, type OpenSafety, type RuntimeSafety } from "./open-safety.ts";
import { openSnapshots } from "./open-snapshots.ts";

/** What is kept beside a log, and works on it. */
export interface Beside {
  readonly approvals: ApprovalAuthority | undefined;
  readonly safety: RuntimeSafety | undefined;
  /** The log that everybody gets: what is not to be kept does not reach the one underneath. */
  readonly log: EventLog;
  readonly leases: SqliteLeaseStore | undefined;
  readonly snapshots: SnapshotStore | undefined;
  readonly projections: ProjectionStore;
  close(): Promise<void>;
}

/** How to open it. */
export interface OpenBesideOptions {
  readonly access: LogAccess;
  readonly agents: readonly Agent[];
  /** Whether to look for damage anywhere in the file of the projections. */
  readonly verify: boolean;
  readonly onNotice: (notice: string) => void;
}

/** Opens what is kept beside the log; a log that is open when that fails is closed again. */
export async function openBeside(config: LoadedConfig, opened: OpenLog, options: OpenBesideOptions): Promise<Beside> {
  try {
    // Its key comes first: it is one of the secrets that the safety policy knows.
    const approvals = openApprovals(config, opened, options);
    const safety = await openSafety(config, opened, options);
    return await openFiles(config, opened, { ...options, approvals, safety });
  } catch (error) {
    await opened.log.close();
    throw error;
  }
}

interface OpenFilesOptions extends OpenBesideOptions, Pick<Beside, "approvals"> {
  readonly safety: OpenSafety | undefined;
}

async function openFiles(config: LoadedConfig, opened: OpenLog, options: OpenFilesOptions): Promise<Beside> {
  const { access, approvals, safety, onNotice } = options;
  const kept = (name: string) => (access === "read" ? undefined : toDataFile(config, opened, name));
  try {
    // With a log that other machines work on, they tell at least of this machine's own processes.
    const leases = useFile(kept("leases"), (path) => openLeases(path, onNotice));
    const snapshots = useFile(kept("snapshots"), (path) => openSnapshots(path, onNotice));
    const projections = openProjections(config, opened, options);
    return {
      approvals,
      safety: safety?.safety,
      log: safety?.safety.redactor.protect(opened.log) ?? opened.log,
      leases,
      snapshots,
      projections,
      async close() {
        await leases?.close();
        await snapshots?.close();
        await projections.close();
        await safety?.close();
      },
    };
  } catch (error) {
    await safety?.close();
    throw error;
  }
}

function useFile<T>(path: string | undefined, open: (path: string) => T): T | undefined {
  return path === undefined ? undefined : open(path);
}
