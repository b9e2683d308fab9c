import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentKitError, type JsonObject, type JsonValue, type Tool, type ToolContext } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { onTestFinished } from "vitest";
import { connectMcpServer, type McpServer, type McpServerOptions } from "../index.ts";

/** Connects for the time of a test. */
export async function connectForTest(options: McpServerOptions): Promise<McpServer> {
  const server = await connectMcpServer(options);
  onTestFinished(async () => server.close());
  return server;
}

/** The entry file of an MCP server from npm, whose manifest's address is given. */
export function entryOf(manifest: string): string {
  return new URL("dist/index.js", manifest).pathname;
}

/** The tool of a name. */
export function toolOf(server: Pick<McpServer, "tools">, name: string): Tool {
  const found = server.tools.find((tool) => tool.name === name);
  if (found === undefined)
    throw new Error(`No tool '${name}' among ${server.tools.map((tool) => tool.name).join(", ")}.`);
  return found;
}

/** Calls a tool as the engine does: parse, then execute. */
export async function callTool(tool: Tool, input: JsonValue, context: Partial<ToolContext> = {}): Promise<string> {
  const parsed = tool.parse(input);
  if (!parsed.ok) throw new Error(parsed.message);
  const output = await tool.execute(parsed.value, toolContext(context));
  if (typeof output !== "string") throw new Error("The call is suspended.");
  return output;
}

/** The code of the error that a call ends with. */
export async function failureOf(work: Promise<unknown>): Promise<AgentKitError> {
  try {
    await work;
  } catch (error) {
    if (AgentKitError.is(error)) return error;
    throw error;
  }
  throw new Error("Nothing failed.");
}

/** A server whose tools a test writes. */
export interface ScriptedServer {
  readonly directory: string;
  readonly options: McpServerOptions;
  setTools(tools: readonly JsonObject[]): Promise<void>;
  journal(): Promise<string>;
}

/** Makes a scripted server's directory with its first tools. */
export async function scriptServer(tools: readonly JsonObject[], mode = "lenient"): Promise<ScriptedServer> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-mcp-"));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const setTools = async (changed: readonly JsonObject[]): Promise<void> => {
    await writeFile(join(directory, "tools"), JSON.stringify(changed));
  };
  await setTools(tools);
  const script = new URL("scripted-server.test.support.ts", import.meta.url).pathname;
  return {
    directory,
    options: {
      name: "scripted",
      prefix: "",
      transport: { type: "stdio", command: process.execPath, args: [script, directory, mode] },
    },
    setTools,
    journal: async () => readFile(join(directory, "journal"), "utf8"),
  };
}

/** A listed tool of a name, which takes anything. */
export function listed(name: string, change: JsonObject = {}): JsonObject {
  return { name, description: `The tool ${name}.`, inputSchema: { type: "object" }, ...change };
}
