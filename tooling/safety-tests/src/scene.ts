import {
  type Agent,
  type AgentKit,
  createAgentKit,
  type EventLog,
  type Model,
  type Safety,
  withBlobs,
} from "@agentkit/core";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import {
  createDefaultDetectors,
  createSafety,
  createVault,
  defaultSafetyPolicy,
  defineSafetyPolicy,
  type ModerationService,
  type SafetyPolicy,
} from "@agentkit/safety";
import { createSqliteSubjectKeys, createSqliteVaultStore } from "@agentkit/safety-sqlite";
import { createFileBlobStore, createSqliteSnapshotStore } from "@agentkit/store-sqlite";
import { createApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
import { join } from "node:path";

/** What takes place in a data directory. */
export interface SceneOptions {
  readonly directory: string;
  readonly model: Model;
  readonly agents: readonly Agent[];
  /** Values that the detector of secrets is told of. */
  readonly known?: readonly string[];
  /** Default: the default policy. */
  readonly policy?: SafetyPolicy;
  readonly moderation?: ModerationService;
  /** What detectors are timed by. */
  readonly timer?: () => number;
  /** With `false` nothing is looked at: what a scene is compared with. */
  readonly isSafe?: boolean;
  /** Puts something between the kit and the log. */
  readonly around?: (log: EventLog) => EventLog;
}

/** A kit on a data directory, with everything that keeps something beside the log. */
export interface Scene extends AsyncDisposable {
  readonly kit: AgentKit;
  /** What everybody is given. */
  readonly log: EventLog;
  readonly safety: Safety;
  /** Destroys the key that a session's values are kept under. */
  eraseSession(session: string): Promise<void>;
}

/** The same in every process. */
const redactionKey = new Uint8Array(32).fill(7);
const approvalKey = generateApprovalKey();

/** The default policy, on detectors that know these values. */
function defaultPolicy(known: readonly string[] = []): SafetyPolicy {
  return defineSafetyPolicy(defaultSafetyPolicy, { detectors: createDefaultDetectors({ known }) });
}

/** Opens a scene; the next one in the same directory finds what this one left. */
export function openScene(options: SceneOptions): Scene {
  const { directory, model, agents, known = [], policy = defaultPolicy(known), isSafe = true } = options;
  const { moderation, timer } = options;
  const path = (name: string): string => join(directory, name);
  const blobs = createFileBlobStore({ directory: path("blobs") });
  const stored = withBlobs(createSqliteEventLog({ path: path("log.sqlite") }), blobs, { maxEventBytes: 4_096 });
  const snapshots = createSqliteSnapshotStore({ path: path("snapshots.sqlite") });
  const store = createSqliteVaultStore({ path: path("vault.sqlite") });
  const keys = createSqliteSubjectKeys({ path: path("vault-keys.sqlite") });
  const vault = createVault({ store, keys });
  const safety = createSafety({
    policy,
    key: redactionKey,
    vault,
    ...(moderation && { moderation }),
    ...(timer && { timer }),
  });
  const log = isSafe ? safety.redactor.protect(stored) : stored;
  const approvals = createApprovalAuthority({ key: approvalKey });
  const parts = { snapshots, blobs, approvals, ...(isSafe && { safety }) };
  const kit = createAgentKit({ log: options.around?.(log) ?? log, model, agents, ...parts });
  return {
    kit,
    log,
    safety,
    eraseSession: async (session) => keys.destroy(`session:${session}`),
    async [Symbol.asyncDispose]() {
      await log.close();
      await blobs.close();
      await snapshots.close();
      await store.close();
      await keys.close();
    },
  };
}
