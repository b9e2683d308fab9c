import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineTool } from "@agentkit/core";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { parseEnvironment } from "../config/environment.ts";
import { openRuntime } from "../runtime/open-runtime.ts";
import { mcpConfigSchema } from "./mcp-config.ts";
import { toMcpPrompt } from "./mcp-agent.ts";

const echo = defineTool({
  name: "echo",
  description: "Repeats.",
  input: z.object({ text: z.string() }),
  sideEffects: "none",
  run: ({ text }) => text,
});

it("takes tools and host names", () => {
  const config = { tools: [echo], allowedHosts: ["agents.example.com"] };

  expect(mcpConfigSchema.parse(config)).toBe(config);
});

it.each([
  [{ tools: ["echo"] }],
  [{ principal: () => ({ roles: ["admin"] }) }],
  [{ allowedHosts: [""] }],
  [{ allowed: [] }],
  ["yes"],
])("refuses %j", (config) => {
  expect(mcpConfigSchema.safeParse(config).success).toBe(false);
});

it("gives the kit an agent that runs the tools, which is none of the agents that clients name", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "agentkit-mcp-"));
  onTestFinished(async () => rm(dataDirectory, { recursive: true }));
  const environment = parseEnvironment({ AGENTKIT_DATA_DIR: dataDirectory }, dataDirectory);
  const runtime = await openRuntime({ definition: { mcp: { tools: [echo] } }, environment, path: undefined });
  onTestFinished(async () => runtime.close());

  expect(runtime.agents.map(({ name }) => name)).not.toContain(runtime.mcp.agent?.name);
  const agent = runtime.mcp.agent?.name ?? "";
  const { items } = await runtime.kit.run({ agent, input: toMcpPrompt("echo", { text: "hi" }) });
  expect(items).toContainEqual({ type: "function_call_output", call_id: "call_mcp", output: "hi" });
});
