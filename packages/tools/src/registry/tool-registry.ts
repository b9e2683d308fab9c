import { AgentKitError, type Clock, systemClock, type Tool, matchesName } from "@agentkit/core";
import { type CircuitBreakerOptions, withCircuitBreaker } from "./circuit-breaker.ts";
import { type ConcurrencyOptions, withConcurrency } from "./concurrency.ts";

/** The tools of an application, each under its name, for agents to pick from. */
export interface ToolRegistry {
  /** The tool of a name. */
  get(name: string): Tool | undefined;
  /** All tools, in the order they were given. */
  list(): readonly Tool[];
  /**
   * The tools whose names match one of the patterns, in the registry's order. `*` stands for any characters.
   *
   * @throws AgentKitError `definition_invalid` for a pattern that no tool matches: a tool that an agent lacks is a mistake to see
   * at the start.
   */
  pick(...patterns: readonly string[]): readonly Tool[];
}

/** How {@link createToolRegistry} limits its tools. */
export interface ToolRegistryOptions {
  /** Limits by pattern of names; the first pattern that matches a tool is the one that counts. Each tool has its own state. */
  readonly limits?: Readonly<Record<string, ToolLimits>>;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** What stands between an agent and a tool that can be overrun or fail for a while. */
export interface ToolLimits {
  readonly concurrency?: ConcurrencyOptions;
  readonly circuitBreaker?: CircuitBreakerOptions;
}

/**
 * Gathers tools under their names, and limits those that a pattern of `limits` names. A tool without limits stays the object
 * that it is. Tools are plain objects, as every factory makes them.
 *
 * @throws AgentKitError `definition_invalid` for two tools of one name, and for limits that cannot work or match no tool.
 *
 * @example
 * ```ts
 * import { defineTool } from "@agentkit/core";
 * import { createToolRegistry } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const input = z.object({});
 * const now = defineTool({ name: "time_now", description: "Tells the time.", input, run: () => Date.now() });
 * const registry = createToolRegistry([now], { limits: { "time_*": { concurrency: { parallel: 2, queue: 10 } } } });
 * console.log(registry.pick("time_*").map((tool) => tool.name));
 * ```
 */
export function createToolRegistry(tools: readonly Tool[], options: ToolRegistryOptions = {}): ToolRegistry {
  const limit = toLimiter(options);
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    if (byName.has(tool.name)) throw invalid(`two tools are named '${tool.name}'; give one of them another name`);
    byName.set(tool.name, limit(tool));
  }
  const all = [...byName.values()];
  for (const pattern of Object.keys(options.limits ?? {})) pick(all, [pattern]);
  return {
    get: (name) => byName.get(name),
    list: () => all,
    pick: (...patterns) => pick(all, patterns),
  };
}

function toLimiter({ limits = {}, clock = systemClock }: ToolRegistryOptions): (tool: Tool) => Tool {
  const rules = Object.entries(limits).map(([pattern, limit]) => ({ matches: matchesName(pattern), limit }));
  return (tool) => {
    const { concurrency, circuitBreaker } = rules.find(({ matches }) => matches(tool.name))?.limit ?? {};
    // The breaker inside: a call that has waited for its turn still finds the circuit as it is then.
    const guarded = circuitBreaker ? withCircuitBreaker(tool, circuitBreaker, clock) : tool;
    return concurrency ? withConcurrency(guarded, concurrency) : guarded;
  };
}

function pick(tools: readonly Tool[], patterns: readonly string[]): readonly Tool[] {
  const globs = patterns.map(matchesName);
  const unused = patterns.find((_, index) => !tools.some((tool) => globs[index]?.(tool.name)));
  if (unused !== undefined) throw invalid(`no tool's name matches '${unused}'`);
  return tools.filter((tool) => globs.some((matches) => matches(tool.name)));
}

function invalid(reason: string): AgentKitError {
  return new AgentKitError("definition_invalid", `Tool registry: ${reason}.`);
}
