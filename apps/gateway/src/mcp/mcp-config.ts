import type { Tool } from "@agentkit/core";
import { z } from "zod";
import type { McpOptions } from "./mcp-options.ts";

/** How a configuration has MCP served. */
export interface McpConfig extends Pick<McpOptions, "allowedHosts" | "allowedOrigins"> {
  /** Tools that clients may call by themselves, each call as a run of its own. Default: none. */
  readonly tools?: readonly Tool[];
}

const names = z.array(z.string().min(1)).optional();
const isFunction = (value: unknown): boolean => typeof value === "function";
const tool = z.looseObject({ name: z.string(), parse: z.custom(isFunction), execute: z.custom(isFunction) });
const shape = z.strictObject({
  tools: z.array(tool).optional(),
  allowedHosts: names,
  allowedOrigins: names,
});

/** Schema of an {@link McpConfig}. */
export const mcpConfigSchema = z.custom<McpConfig>(
  (value) => shape.safeParse(value).success,
  "must be { tools?, allowedHosts?, allowedOrigins? }",
);
