import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { defineAgent, defineTool } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { createMcpAgent } from "../mcp/mcp-agent.ts";
import { startGuardedGateway, wordRule } from "./guarded-gateway.test.support.ts";

const mail = "ada@mail.example";

async function start() {
  const given: unknown[] = [];
  const note = defineTool({
    name: "note",
    description: "Notes something.",
    input: z.object({ about: z.string(), password: z.string() }),
    sideEffects: "none",
    run: (input) => {
      given.push(input);
      return `noted ${input.about}`;
    },
  });
  const agent = createMcpAgent([note]);
  const greeter = defineAgent({ name: "greeter", model: "test" });
  const model = scriptedModel([{ text: `Hello ${mail}.` }]);
  const rules = [wordRule({ id: "no-prompt", surfaces: ["user_input"], action: "block" })];
  const test = await startGuardedGateway({ model, rules, agents: [greeter, agent], mcp: { agent } });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${test.url}/mcp`)));
  onTestFinished(async () => {
    await client.close();
    await test[Symbol.asyncDispose]();
  });
  return { test, client, given };
}

it("gives tools and clients at /mcp the values that the log does not have, and secrets to nobody", async () => {
  const { test, client, given } = await start();
  const input = { about: mail, password: "hunter2-and-more" };
  const { content, isError } = await client.callTool({ name: "note", arguments: input });
  expect([content, isError]).toEqual([[{ type: "text", text: `noted ${mail}` }], undefined]);
  expect(given).toEqual([{ about: mail, password: expect.stringMatching(/^\[\[SECRET:/) as unknown }]);
  const answered = await client.callTool({ name: "greeter", arguments: { input: "Hi" } });
  expect(answered.content).toEqual([{ type: "text", text: `Hello ${mail}.` }]);
  expect(await test.recorded()).not.toMatch(/ada@mail|hunter2/);
});

it("answers a call whose prompt is blocked with an error that says so", async () => {
  const { client, given } = await start();
  const input = { about: "forbidden", password: "" };
  const { content, isError } = await client.callTool({ name: "note", arguments: input });
  expect([content, isError, given]).toEqual([
    [{ type: "text", text: expect.stringContaining("(content_filter)") as unknown }],
    true,
    [],
  ]);
});
