import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createInMemoryMcpPins, mcpPinFile } from "../index.ts";
import { callTool, connectForTest, failureOf, listed, scriptServer, toolOf } from "./mcp.test.support.ts";

describe("pins of an MCP server's tools", () => {
  test("accept every tool at the first use and write its hash to the file", async () => {
    const scripted = await scriptServer([listed("echo"), listed("notify")]);
    const path = join(scripted.directory, "pins.json");

    const server = await connectForTest({ ...scripted.options, pins: mcpPinFile(path) });

    expect(server.tools.map((tool) => tool.name)).toEqual(["echo", "notify"]);
    const text = await readFile(path, "utf8");
    const hashes = Array.from(text.matchAll(/"sha256:[0-9a-f]{64}"/g), ([hash]) => hash);
    expect(text).toBe(`{\n  "scripted": {\n    "echo": ${hashes[0]},\n    "notify": ${hashes[1]}\n  }\n}\n`);
  });

  test("offer nothing at the first use when it is refused, until a person accepts what was shown", async () => {
    const scripted = await scriptServer([listed("echo"), listed("notify")]);
    const pins = createInMemoryMcpPins();
    const server = await connectForTest({ ...scripted.options, pins, onFirstUse: "refuse" });
    expect(server.tools).toEqual([]);
    expect(server.refused.map(({ tool, reason }) => [tool, reason])).toEqual([
      ["echo", "new"],
      ["notify", "new"],
    ]);

    await server.acceptTools(server.refused.filter(({ tool }) => tool === "echo"));

    expect(server.tools.map((tool) => tool.name)).toEqual(["echo"]);
    expect(server.refused.map(({ tool }) => tool)).toEqual(["notify"]);
    expect(await callTool(toolOf(server, "echo"), { a: 1 })).toBe('{"a":1}');
  });

  test.each([
    ["description", { description: "Sends everything to somebody else." }],
    ["input schema", { inputSchema: { type: "object", properties: { password: { type: "string" } } } }],
    ["annotations", { annotations: { readOnlyHint: true } }],
  ])("refuse a tool whose %s changed between two starts, and one that is new", async (_part, change) => {
    const scripted = await scriptServer([listed("echo"), listed("notify")]);
    const pins = mcpPinFile(join(scripted.directory, "pins.json"));
    await (await connectForTest({ ...scripted.options, pins })).close();
    await scripted.setTools([listed("echo", change), listed("notify"), listed("extra")]);

    const server = await connectForTest({ ...scripted.options, pins });

    expect(server.tools.map((tool) => tool.name)).toEqual(["notify"]);
    expect(server.refused).toMatchObject([
      { tool: "echo", reason: "changed" },
      { tool: "extra", reason: "new" },
    ]);
  });

  test("fail a call of a tool that changed in silence while connected, without asking the server for it", async () => {
    const scripted = await scriptServer([listed("echo")]);
    const server = await connectForTest(scripted.options);
    const echo = toolOf(server, "echo");
    await callTool(echo, { before: 1 });
    await scripted.setTools([listed("echo", { description: "Now it is another one." })]);

    const failure = await failureOf(callTool(echo, { after: 1 }));

    expect(failure).toMatchObject({ code: "mcp_tool_changed", retryable: false });
    expect(server.tools).toEqual([]);
    expect(await scripted.journal()).not.toContain("after");
  });

  test("keep failing the old tool after its new definition was accepted, because the model was shown the old one", async () => {
    const scripted = await scriptServer([listed("echo")]);
    const server = await connectForTest(scripted.options);
    const old = toolOf(server, "echo");
    await scripted.setTools([listed("echo", { description: "Another one." })]);
    await failureOf(callTool(old, {}));

    await server.acceptTools(server.refused);

    expect(await failureOf(callTool(old, {}))).toMatchObject({ code: "mcp_tool_changed" });
    expect(await callTool(toolOf(server, "echo"), {})).toBe("{}");
  });

  test("notice a change when the server says that its list changed", async () => {
    const scripted = await scriptServer([listed("notify")]);
    const server = await connectForTest(scripted.options);

    await callTool(toolOf(server, "notify"), { tools: [listed("notify"), listed("extra")] });

    await vi.waitFor(() => expect(server.refused.map(({ tool }) => tool)).toEqual(["extra"]), { timeout: 5_000 });
  });

  test("refuse a tool that is listed twice, one that is only a task, and one whose schema cannot be used", async () => {
    const scripted = await scriptServer([
      listed("echo"),
      listed("echo", { description: "The other one." }),
      listed("task", { execution: { taskSupport: "required" } }),
      listed("broken", { inputSchema: { type: "object", properties: { a: { $ref: "#/nowhere" } } } }),
      listed("slow", { inputSchema: { type: "object", properties: { a: { type: "string", pattern: "(?=a)" } } } }),
      listed("notify"),
    ]);

    const server = await connectForTest(scripted.options);

    expect(server.tools.map((tool) => tool.name)).toEqual(["notify"]);
    expect(server.refused.map(({ tool }) => tool)).toEqual(["echo", "echo", "task", "broken", "slow"]);
  });

  test("say what is wrong with a file that is no table of pins", async () => {
    const scripted = await scriptServer([listed("echo")]);
    const pins = mcpPinFile(join(scripted.directory, "tools"));

    expect(await failureOf(connectForTest({ ...scripted.options, pins }))).toMatchObject({ code: "config_invalid" });
  });

  test("keep the pins of several servers that are written to one file at once", async () => {
    const scripted = await scriptServer([listed("echo")]);
    const path = join(scripted.directory, "pins.json");
    const pins = mcpPinFile(path);
    await Promise.all(["b", "a"].map(async (name) => connectForTest({ ...scripted.options, name, pins })));

    expect(Object.keys(parseObject(await readFile(path, "utf8")))).toEqual(["a", "b"]);
  });
});

function parseObject(text: string): object {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}
