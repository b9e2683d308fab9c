import { execFile } from "node:child_process";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAgentKit, createInMemoryEventLog, defineAgent, parseJson, type ToolContext } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import type { McpStdio } from "../index.ts";
import { callTool, connectForTest, entryOf, failureOf, listed, scriptServer, toolOf } from "./mcp.test.support.ts";

const everything: McpStdio = {
  type: "stdio",
  command: process.execPath,
  args: [entryOf(import.meta.resolve("@modelcontextprotocol/server-everything/package.json"))],
};

describe("an MCP server from npm over stdio", () => {
  test("server-everything: text, structured content, images, resources and links become text for the model", async () => {
    const server = await connectForTest({ name: "everything", transport: everything });

    expect(await callTool(toolOf(server, "everything_echo"), { message: "hi" })).toBe("Echo: hi");
    expect(await callTool(toolOf(server, "everything_get-structured-content"), { location: "Chicago" })).toBe(
      '{"temperature":36,"conditions":"Light rain / drizzle","humidity":82}',
    );
    expect(await callTool(toolOf(server, "everything_get-tiny-image"), {})).toContain("[image: image/png, 4033 bytes]");
    const reference = { resourceType: "Text", resourceId: 1 };
    const resource = await callTool(toolOf(server, "everything_get-resource-reference"), reference);
    expect(resource).toMatch(/\[resource demo:\/\/resource\/dynamic\/text\/1: text\/plain, \d+ bytes\]\nResource 1/);
    expect(await callTool(toolOf(server, "everything_get-resource-links"), { count: 1 })).toContain(
      "[link to resource",
    );
  });

  test("server-everything: the child gets the variables that are named and no others", async () => {
    vi.stubEnv("AGENTKIT_TEST_SECRET", "not for the child");
    onTestFinished(() => void vi.unstubAllEnvs());
    const transport: McpStdio = {
      ...everything,
      inheritEnv: ["PATH"],
      env: { GREETING: "hello" },
      secretEnv: { TOKEN: "the-token" },
      secrets: { get: async (name) => `value of ${name}` },
    };
    const server = await connectForTest({ name: "everything", transport });

    const env = parseJson(await callTool(toolOf(server, "everything_get-env"), {}));

    expect(env).toMatchObject({
      PATH: process.env["PATH"],
      GREETING: "hello",
      // What the server was given as a secret does not come back to the model.
      TOKEN: "[secret]",
    });
    expect(Object.keys(env ?? {})).toHaveLength(4);
  });

  test("server-everything: arguments that do not fit the schema are refused with a reason", async () => {
    const server = await connectForTest({ name: "everything", transport: everything });

    expect(toolOf(server, "everything_get-sum").parse({ a: "one", b: 2 })).toEqual({
      ok: false,
      message: "value/a must be number",
    });
    expect(toolOf(server, "everything_get-sum").parse([1, 2])).toMatchObject({ ok: false });
  });

  test("server-everything: what goes to a process of this machine is no matter for the guard of outgoing requests", async () => {
    const server = await connectForTest({ name: "everything", transport: everything });
    const guard = vi.fn<ToolContext["guard"]>();

    expect(await callTool(toolOf(server, "everything_echo"), { message: "hi" }, { guard })).toBe("Echo: hi");
    expect(guard).not.toHaveBeenCalled();
  });

  test("server-everything: hints of the server count only when it is trusted, and the operator's word counts more", async () => {
    const untrusted = await connectForTest({ name: "everything", transport: everything });
    const trusted = await connectForTest({
      name: "everything",
      transport: everything,
      trustAnnotations: true,
      declare: ({ name }) =>
        name === "get-env" ? { sideEffects: "unsafe", roles: ["admin"], trust: "trusted" } : { tags: ["demo"] },
    });

    expect(toolOf(untrusted, "everything_get-sum").sideEffects).toBe("unsafe");
    expect(toolOf(trusted, "everything_get-sum")).toMatchObject({
      sideEffects: "none",
      tags: ["demo"],
      trust: "untrusted",
    });
    expect(toolOf(trusted, "everything_get-env")).toMatchObject({
      sideEffects: "unsafe",
      roles: ["admin"],
      trust: "trusted",
    });
  });

  test("server-filesystem: writes, reads and stays within its directory", async () => {
    const directory = await realpath(await mkdtemp(join(tmpdir(), "agentkit-mcp-")));
    onTestFinished(async () => rm(directory, { recursive: true }));
    const server = await connectForTest({
      name: "files",
      transport: {
        type: "stdio",
        command: process.execPath,
        args: [entryOf(import.meta.resolve("@modelcontextprotocol/server-filesystem/package.json")), directory],
      },
    });

    await callTool(toolOf(server, "files_write_file"), { path: join(directory, "a.txt"), content: "one" });

    expect(await readFile(join(directory, "a.txt"), "utf8")).toBe("one");
    const path = join(directory, "a.txt");
    expect(await callTool(toolOf(server, "files_read_text_file"), { path })).toContain("one");
    const outside = callTool(toolOf(server, "files_read_text_file"), { path: "/etc/passwd" });
    const refusal = await failureOf(outside);
    expect(refusal.code).toBe("mcp_tool_failed");
    expect(refusal.message).toContain("denied");
  });
});

describe("an MCP server over stdio that misbehaves", () => {
  test("a crash during a call leaves its outcome unknown, and the next call starts the server again", async () => {
    const scripted = await scriptServer([listed("crash"), listed("echo")]);
    const server = await connectForTest(scripted.options);

    const failure = await failureOf(callTool(toolOf(server, "crash"), {}));

    expect(failure).toMatchObject({ code: "tool_outcome_unknown", retryable: false });
    expect(await callTool(toolOf(server, "echo"), { again: true })).toBe('{"again":true}');
  });

  test("the engine does not repeat an unsafe call that the server took down with it, and asks a person", async () => {
    const scripted = await scriptServer([listed("crash")]);
    const server = await connectForTest(scripted.options);
    const kit = createAgentKit({
      log: createInMemoryEventLog(),
      model: scriptedModel([{ calls: [{ name: "crash", arguments: {} }] }, { text: "Done." }]),
      agents: [defineAgent({ name: "clerk", model: "scripted", tools: server.tools })],
    });

    const result = await kit.run({ input: "Do it." });

    expect(result).toMatchObject({ outcome: "suspended", waiting: [{ tool: "crash", reason: "outcome_unknown" }] });
    expect((await scripted.journal()).match(/called crash/g)).toHaveLength(1);
  });

  test("a server of an older protocol that ends at a request it does not know is connected to", async () => {
    const scripted = await scriptServer([listed("echo")], "strict");

    const server = await connectForTest(scripted.options);

    expect(await callTool(toolOf(server, "echo"), {})).toBe("{}");
  });

  test("a process that ends without closing takes the server with it, and one that closes can end", async () => {
    const scripted = await scriptServer([listed("spawn")]);
    const script = new URL("connect-and-end.test.support.ts", import.meta.url).pathname;
    const ends = ["exit", "close"].map(async (how) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, scripted.directory, how], {
        timeout: 15_000,
      });
      return Number(stdout);
    });

    const grandchildren = await Promise.all(ends);

    expect(grandchildren.every((pid) => pid > 0)).toBe(true);
    await vi.waitFor(() => expect(grandchildren.filter(isRunning)).toEqual([]), { timeout: 5_000 });
  });

  test("an aborted call ends at once and the server is told", async () => {
    const scripted = await scriptServer([listed("hang")]);
    const server = await connectForTest(scripted.options);
    const stop = new AbortController();
    const call = failureOf(callTool(toolOf(server, "hang"), {}, { signal: stop.signal }));
    await vi.waitFor(async () => expect(await scripted.journal()).toContain("called hang"), { timeout: 5_000 });

    stop.abort();

    expect(await call).toMatchObject({ code: "aborted" });
    await vi.waitFor(async () => expect(await scripted.journal()).toContain("cancelled"), { timeout: 5_000 });
  });

  test("closing ends what the server started too", async () => {
    const scripted = await scriptServer([listed("spawn")]);
    const server = await connectForTest(scripted.options);
    const grandchild = Number(await callTool(toolOf(server, "spawn"), {}));
    expect(isRunning(grandchild)).toBe(true);

    await server.close();

    await vi.waitFor(() => expect(isRunning(grandchild)).toBe(false), { timeout: 5_000 });
    expect(await failureOf(callTool(toolOf(server, "spawn"), {}))).toMatchObject({ code: "mcp_server_unavailable" });
  });

  test("a tool's own failure and a result that does not fit its schema are failures with a reason", async () => {
    const outputSchema = { type: "object", properties: { temperature: { type: "number" } } };
    const scripted = await scriptServer([listed("fail"), listed("lie", { outputSchema })]);
    const server = await connectForTest(scripted.options);

    expect(await failureOf(callTool(toolOf(server, "fail"), {}))).toMatchObject({
      code: "mcp_tool_failed",
      message: "The disk is full.",
    });
    const lie = await failureOf(callTool(toolOf(server, "lie"), {}));
    expect(lie.code).toBe("mcp_tool_failed");
    expect(lie.message).toContain("value/temperature must be number");
  });

  test("it is offered neither sampling nor elicitation nor roots, and a request for them is refused", async () => {
    const scripted = await scriptServer([listed("ask")]);
    const server = await connectForTest(scripted.options);

    await callTool(toolOf(server, "ask"), {});

    await vi.waitFor(async () => expect(await scripted.journal()).toContain("-32601"), { timeout: 5_000 });
    expect(await scripted.journal()).toContain('"capabilities":{}');
  });

  test("a command that there is not is unavailable, without a word about this machine", async () => {
    const failure = await failureOf(
      connectForTest({ name: "none", transport: { type: "stdio", command: "/no/such/program" } }),
    );

    expect(failure).toMatchObject({
      code: "mcp_server_unavailable",
      message: "MCP server 'none' cannot be connected to (ENOENT).",
    });
  });

  test("a program that never answers is given up in time, and ended", async () => {
    const transport: McpStdio = { type: "stdio", command: "sleep", args: ["600"] };

    const failure = await failureOf(connectForTest({ name: "mute", transport, connectTimeoutMs: 500 }));

    expect(failure).toMatchObject({ code: "mcp_server_unavailable" });
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
