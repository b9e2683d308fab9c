import {
  type Agent,
  type AgentKit,
  type AgentKitOptions,
  type ApprovalAuthority,
  type BlobCollection,
  type BlobStore,
  type CollectOptions,
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
import { type Authenticate, authenticateByKey } from "../access/authenticate.ts";
import type { AgentKitConfig } from "../config/define-config.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { createDemoAgent } from "../demo/demo-agent.ts";
import { demoModelName } from "../demo/demo-model.ts";
import { createMcpAgent } from "../mcp/mcp-agent.ts";
import type { McpConfig } from "../mcp/mcp-config.ts";
import type { McpOptions } from "../mcp/mcp-options.ts";
import { createModelAccess, type ModelAccess } from "../models/model-access.ts";
import { chooseModel } from "./choose-model.ts";
import { type Beside, openBeside } from "./open-beside.ts";
import { type LogAccess, openLog } from "./open-log.ts";
import type { RuntimeSafety } from "./open-safety.ts";

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
  /** How MCP is served. */
  readonly mcp: McpOptions;
  /** The log's sessions, from a projection that is kept beside the log. */
  readonly sessions: SessionList;
  /** Keeps the projections of the log: the session list and usage. */
  readonly projector: Projector;
  /**
   * After how many milliseconds without an event a run may be taken for orphaned, where its lease does not tell. With a log
   * that other machines may work on, longer than any run may take.
   */
  readonly orphanedAfterMs: number;
  /**
   * Where contents go that are too large for an event, which then names their hash: a part of the log, beside it. `undefined`
   * where the log keeps such contents itself, for all machines that work on it, or was opened by the configuration.
   */
  readonly blobs: BlobStore | undefined;
  /**
   * Signs approvals, by the key of the environment or of the data directory. `undefined` where the log is only read and no key
   * is there.
   */
  readonly approvals: ApprovalAuthority | undefined;
  /** What guards the agents and redacts the log; `undefined` where the configuration turns it off. */
  readonly safety: RuntimeSafety | undefined;
  /** Finds out on whose behalf a request is made; `undefined` where nobody asks. */
  readonly authenticate: Authenticate | undefined;
  /** Deletes the blobs that no event refers to; where there are `blobs`. */
  readonly collectBlobs: ((options: CollectOptions) => Promise<BlobCollection>) | undefined;
  close(): Promise<void>;
}

/** Options of {@link openRuntime}. */
export interface OpenRuntimeOptions {
  /** Default `create`. With `read` nothing is created and the log is not written, and neither a key nor a network is needed. */
  readonly access?: LogAccess;
  /**
   * Told, in one line without secrets, what a person who waits wants to know: which server does not answer, or that a
   * damaged file was set aside or is done without. Default: nobody.
   */
  readonly onNotice?: (notice: string) => void;
  /**
   * Looks for damage anywhere in the file of the projections, which takes longer, and has one of a newer version set aside.
   * Default false.
   */
  readonly verifyProjections?: boolean;
}

/**
 * Opens the log, chooses the model and makes a kit of both. A server may be running on the same log.
 *
 * @throws AgentKitError `log_unavailable` when there is no log and `access` is not `create`, or its server does not answer in 30
 *   seconds, and what opening a log throws; `safety_policy_invalid`, with the place; `config_invalid`.
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
  const { access = "create", onNotice = () => undefined, verifyProjections: verify = false } = options;
  const { definition, environment } = config;
  const agents = definition.agents ?? [
    createDemoAgent({ model: environment.modelName, dataDirectory: environment.dataDirectory }),
  ];
  const { model, demo } = await chooseModel(config, agents);
  const opened = await openLog(config, { access, onNotice });
  const { description, local, blobs } = opened;
  const mcp = withAccess(toMcpOptions(definition.mcp), definition);
  const served = withMcpAgent(agents, mcp);
  const beside = await openBeside(config, opened, { access, agents: served, verify, onNotice });
  const { approvals, leases, log, projections, safety } = beside;
  return {
    kit: createKit(definition, beside, { model, agents: served, demo, blobs: blobs?.store }),
    log,
    model,
    agents,
    demo,
    modelDescription: model.description,
    logDescription: description,
    modelAccess: createModelAccess({ model, names: definition.models }),
    mcp,
    sessions: createSessionList(log, projections, onNotice),
    projector: createProjector({ log, store: projections, projections: [sessionList, usage], onNotice }),
    orphanedAfterMs: local && leases !== undefined ? 0 : longestDriveMs(agents),
    blobs: blobs?.store,
    approvals,
    safety,
    authenticate: toAuthenticate(definition),
    collectBlobs: blobs && (async (collecting) => blobs.collect(collecting)),
    async close() {
      await log.close();
      await blobs?.store.close();
      await beside.close();
    },
  };
}

interface KitParts extends Pick<AgentKitOptions, "model" | "agents"> {
  readonly demo: boolean;
  readonly blobs: BlobStore | undefined;
}

function createKit(
  { access, prices }: AgentKitConfig,
  { approvals, leases, log, safety, snapshots }: Beside,
  { model, agents, demo, blobs }: KitParts,
): AgentKit {
  const parts = { snapshots, approvals, blobs, access, prices, safety };
  const base: AgentKitOptions = { log, model, agents, ...withoutMissing(parts) };
  const kit = createAgentKit({
    ...base,
    ...(leases && { leases }),
    resolveAgent: (name) => (!demo || name === demoModelName ? passThrough(name) : undefined),
  });
  // A replay asks no model: it walks through sessions of any, also where the demo model answers for none but its own.
  const replayer = createAgentKit({ ...base, resolveAgent: passThrough });
  return { ...kit, replay: (session) => replayer.replay(session) };
}

function withAccess(options: McpOptions, { access }: AgentKitConfig): McpOptions {
  return { ...options, ...(access && { access }) };
}

function toAuthenticate({ authenticate, apiKeys }: AgentKitConfig): Authenticate | undefined {
  return authenticate ?? (apiKeys && authenticateByKey(apiKeys));
}

type Optional = Pick<AgentKitOptions, "snapshots" | "approvals" | "blobs" | "access" | "prices" | "safety">;

function withoutMissing(parts: { readonly [Name in keyof Optional]: Optional[Name] | undefined }): Optional {
  const { snapshots, approvals, blobs, access, prices, safety } = parts;
  return {
    ...(snapshots && { snapshots }),
    ...(approvals && { approvals }),
    ...(blobs && { blobs }),
    ...(access && { access }),
    ...(prices && { prices }),
    ...(safety && { safety }),
  };
}

function withMcpAgent(agents: readonly Agent[], { agent }: McpOptions): readonly Agent[] {
  return agent === undefined ? agents : [...agents, agent];
}

function toMcpOptions({ tools = [], ...rest }: McpConfig = {}): McpOptions {
  return tools.length === 0 ? rest : { ...rest, agent: createMcpAgent(tools) };
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
