import {
  type Agent,
  type AgentKit,
  createAgentKit,
  createProjector,
  createSessionList,
  defineAgent,
  type EventLog,
  type Model,
  type Projector,
  type SessionList,
  sessionList,
  usage,
} from "@agentkit/core";
import type { LoadedConfig } from "../config/load-config.ts";
import { createDemoAgent } from "../demo/demo-agent.ts";
import { demoModelName } from "../demo/demo-model.ts";
import { createModelAccess, type ModelAccess } from "../models/model-access.ts";
import { chooseModel } from "./choose-model.ts";
import { openLeases } from "./open-leases.ts";
import { type LogAccess, openLog } from "./open-log.ts";
import { openProjections } from "./open-projections.ts";
import { openSnapshots } from "./open-snapshots.ts";

/** A configuration put to work: what the gateway serves and the commands work on. */
export interface Runtime {
  readonly kit: AgentKit;
  readonly log: EventLog;
  readonly model: Model;
  readonly agents: readonly Agent[];
  /** Whether answers come from the offline demo model. Every screen says so. */
  readonly demo: boolean;
  /** What answers, for people, without credentials. */
  readonly modelDescription: string;
  /** Where the log is, for people. */
  readonly logDescription: string;
  /** Which models clients may ask for besides the agents. */
  readonly modelAccess: ModelAccess;
  /** The log's sessions, from a projection that is kept beside the log. */
  readonly sessions: SessionList;
  /** Keeps the projections of the log: the session list and usage. */
  readonly projector: Projector;
  /**
   * After how many milliseconds without an event a run may be taken for orphaned, where its lease does not tell. With a log
   * that other machines may work on, longer than any run may take.
   */
  readonly orphanedAfterMs: number;
  close(): Promise<void>;
}

/** Options of {@link openRuntime}. */
export interface OpenRuntimeOptions {
  /** Default `create`. With `read` nothing is created and the log is not written, and neither a key nor a network is needed. */
  readonly access?: LogAccess;
}

/**
 * Opens the log, chooses the model and makes a kit of both. A server may be running on the same log.
 *
 * @throws AgentKitError `log_unavailable` when there is no log and `access` is not `create`, and what opening a log throws.
 *
 * @example
 * ```ts
 * import { loadConfig, openRuntime } from "@agentkit/gateway";
 *
 * const runtime = await openRuntime(await loadConfig(), { access: "read" });
 * const report = await runtime.kit.replay("0c1d2e3f4a5b6c7d8e9f0a1b");
 * await runtime.close();
 * ```
 */
export async function openRuntime(config: LoadedConfig, options: OpenRuntimeOptions = {}): Promise<Runtime> {
  const { access = "create" } = options;
  const { definition, environment } = config;
  const agents = definition.agents ?? [
    createDemoAgent({ model: environment.modelName, dataDirectory: environment.dataDirectory }),
  ];
  const { model, demo } = await chooseModel(config, agents);
  const opened = await openLog(config, access);
  const { log, description, local } = opened;
  const writes = local && access !== "read";
  // With a log that other machines work on, they tell at least of this machine's own processes.
  const leased = access !== "read" && definition.log === undefined;
  const leases = leased ? await openBeside(log, () => openLeases(config)) : undefined;
  const snapshots = writes ? openSnapshots(config) : undefined;
  const projections = openProjections(config, opened, access);
  const base = { log, model, agents, ...(snapshots && { snapshots }) };
  const kit = createAgentKit({
    ...base,
    ...(leases && { leases }),
    resolveAgent: (name) => (!demo || name === demoModelName ? passThrough(name) : undefined),
  });
  // A replay asks no model: it walks through sessions of any, also where the demo model answers for none but its own.
  const replayer = createAgentKit({ ...base, resolveAgent: passThrough });
  return {
    kit: { ...kit, replay: (session) => replayer.replay(session) },
    log,
    model,
    agents,
    demo,
    modelDescription: model.description,
    logDescription: description,
    modelAccess: createModelAccess({ model, names: definition.models }),
    sessions: createSessionList(log, projections),
    projector: createProjector({ log, store: projections, projections: [sessionList, usage] }),
    orphanedAfterMs: local && leases !== undefined ? 0 : longestDriveMs(agents),
    async close() {
      await log.close();
      await leases?.close();
      await snapshots?.close();
      await projections.close();
    },
  };
}

/** Opens what is kept beside the log; a log that is open when that fails is closed again. */
async function openBeside<T>(log: EventLog, open: () => T): Promise<T> {
  try {
    return open();
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** How long a drive of any agent may last, and a minute for the clocks of two machines to differ by. */
function longestDriveMs(agents: readonly Agent[]): number {
  const drives = [...agents, defineAgent({ name: "any", model: "any" })].map(({ limits }) => limits.durationMs);
  return Math.max(...drives) + 60_000;
}

const agentName = /^[A-Za-z0-9._:/-]{1,64}$/;

/** A model named in the place of an agent answers as it is: no instructions, no tools of ours. */
function passThrough(name: string): Agent | undefined {
  return agentName.test(name) ? defineAgent({ name, model: name }) : undefined;
}
