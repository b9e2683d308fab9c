import type { AccessPolicy, Agent, EventLog, Model, PriceList } from "@agentkit/core";
import type { ApiKeys, Authenticate } from "../access/authenticate.ts";
import type { McpConfig } from "../mcp/mcp-config.ts";
import type { SafetyConfig } from "../safety/safety-config.ts";

/** What `agentkit.config.ts` exports by default. Everything has a default, so an empty one is a working one. */
export interface AgentKitConfig {
  /** The agents that are served. Default: `assistant`, an agent with a few local tools. */
  readonly agents?: readonly Agent[];
  /** What answers. Default: OpenAI, or another server by `OPENAI_BASE_URL`; without key and URL the offline demo model. */
  readonly model?: Model;
  /** Names of models that clients may ask for besides the agents. Default: those that the model's server lists. */
  readonly models?: readonly string[];
  /** Opens another log than the SQLite file in the data directory. Who opens it closes it. */
  readonly log?: (options: LogOptions) => EventLog | Promise<EventLog>;
  /**
   * Finds out on whose behalf a request is made. Who is not known is turned away with 401. Default: everybody may use everything,
   * as nobody in particular.
   */
  readonly authenticate?: Authenticate;
  /** The principals by the SHA-256 of their API keys, instead of an `authenticate`. */
  readonly apiKeys?: ApiKeys;
  /** Who may use which tool. Default: whoever runs an agent may use its tools, but those that name roles. */
  readonly access?: AccessPolicy;
  /** What models cost, so that runs can be limited by it. */
  readonly prices?: PriceList;
  /** Public keys whose approvals still hold after `AGENTKIT_APPROVAL_KEY` was exchanged. */
  readonly earlierApprovalKeys?: readonly string[];
  /** What is served at `/mcp` besides the agents, and to whom. Default: the agents, to programs of this machine. */
  readonly mcp?: McpConfig;
  /** What guards the agents and redacts the log. Default: AgentKit's policy. With `false` nothing does. */
  readonly safety?: SafetyConfig | false;
}

/** What the `log` of a configuration is told. */
export interface LogOptions {
  /** Only look: nothing may be created or written. */
  readonly readOnly: boolean;
  /** Absolute path of the directory for what is kept on this machine. */
  readonly dataDirectory: string;
}

/**
 * Gives a configuration its type; returns it as it is.
 *
 * @example
 * ```ts
 * import { defineAgent } from "@agentkit/core";
 * import { defineConfig } from "@agentkit/gateway";
 *
 * export default defineConfig({
 *   agents: [defineAgent({ name: "support", model: "gpt-5.1", instructions: "Answer in one sentence." })],
 * });
 * ```
 */
export function defineConfig(config: AgentKitConfig): AgentKitConfig {
  return config;
}
