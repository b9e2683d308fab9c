import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue, Tool, ToolContext } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createDemoAgent } from "./demo-agent.ts";
import { createDemoTools } from "./demo-tools.ts";

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-demo-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

function find(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`There is no tool ${name}.`);
  return tool;
}

async function call(tool: Tool, input: JsonValue, rest: Partial<ToolContext> = {}): Promise<string> {
  const parsed = tool.parse(input);
  if (!parsed.ok) throw new Error(parsed.message);
  const output = await tool.execute(parsed.value, toolContext(rest));
  if (typeof output !== "string") throw new Error(`Tool ${tool.name} was suspended.`);
  return output;
}

describe("the demo's tools", () => {
  it("tell the time in a zone, and know which zones there are", async () => {
    const tool = find(createDemoTools({ dataDirectory: "/nowhere" }), "current_time");
    expect(await call(tool, { time_zone: "Asia/Tokyo" })).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \w+day, Asia\/Tokyo$/,
    );
    await expect(call(tool, { time_zone: "Mars/Base" })).rejects.toThrow("There is no time zone 'Mars/Base'");
  });

  it("keep notes, replace them, list them and read them back, whatever their title", async () => {
    const dataDirectory = await emptyDirectory();
    const tools = createDemoTools({ dataDirectory });
    expect(await call(find(tools, "list_notes"), {})).toBe("There are no notes.");
    for (const text of ["first", "second"]) await call(find(tools, "save_note"), { title: "../a/b", text });
    await call(find(tools, "save_note"), { title: "shopping", text: "milk" });
    expect(await call(find(tools, "list_notes"), {})).toBe("../a/b\nshopping");
    expect(await call(find(tools, "read_note"), { title: "../a/b" })).toBe("second");
    expect(await call(find(tools, "read_note"), { title: "gone" })).toBe("There is no note 'gone'.");
    expect(find(tools, "delete_note").approval).toMatchObject({ when: "always" });
    expect(await call(find(tools, "delete_note"), { title: "shopping" })).toBe("Deleted the note 'shopping'.");
    expect(await call(find(tools, "list_notes"), {})).toBe("../a/b");
    await call(find(tools, "save_note"), { title: "shopping", text: "milk" });
    expect(await readdir(dataDirectory)).toEqual(["notes"]);
    expect(await readdir(join(dataDirectory, "notes"))).toHaveLength(2);
  });

  it("send a payment into the ledger, each time they are called", async () => {
    const dataDirectory = await emptyDirectory();
    const tool = find(createDemoTools({ dataDirectory, paymentMs: 0 }), "send_payment");
    const payment = { to: "Ada", amount: 25, currency: "EUR" };
    expect(await call(tool, payment)).toBe("Sent 25 EUR to Ada.");
    await call(tool, payment, { attempt: 2 });
    const lines = (await readFile(join(dataDirectory, "ledger.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { ...payment, callId: "call_1", attempt: 1 },
      { ...payment, callId: "call_1", attempt: 2 },
    ]);
  });

  it("send no payment once they are told to stop", async () => {
    const dataDirectory = await emptyDirectory();
    const tool = find(createDemoTools({ dataDirectory, paymentMs: 10_000 }), "send_payment");
    const payment = { to: "Ada", amount: 25, currency: "EUR" };
    await expect(call(tool, payment, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    expect(await readdir(dataDirectory)).toEqual([]);
  });

  it("declare what they do to the world", () => {
    const tools = createDemoTools({ dataDirectory: "/nowhere" });
    expect(Object.fromEntries(tools.map((tool) => [tool.name, [tool.sideEffects, tool.onUnknownOutcome]]))).toEqual({
      current_time: ["none", "retry"],
      delete_note: ["idempotent", "retry"],
      calculate: ["none", "retry"],
      save_note: ["idempotent", "retry"],
      list_notes: ["none", "retry"],
      read_note: ["none", "retry"],
      send_payment: ["unsafe", "ask"],
    });
  });
});

describe("the demo's agent", () => {
  it("is the same on every machine", () => {
    const versions = ["/here", "/there"].map(
      (dataDirectory) => createDemoAgent({ model: "gpt-5.1", dataDirectory }).version,
    );
    expect(versions[0]).toBe(versions[1]);
  });
});
