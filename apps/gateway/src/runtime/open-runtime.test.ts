import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createInMemoryEventLog, defineAgent } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AgentKitConfig } from "../config/define-config.ts";
import { parseEnvironment, type Variables } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { demoModelName } from "../demo/demo-model.ts";
import { openRuntime, type OpenRuntimeOptions, type Runtime } from "./open-runtime.ts";

async function configure(variables: Variables = {}, definition: AgentKitConfig = {}): Promise<LoadedConfig> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-runtime-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return { environment: parseEnvironment(variables, directory), path: undefined, definition };
}

async function open(config: LoadedConfig, options?: OpenRuntimeOptions): Promise<Runtime> {
  const runtime = await openRuntime(config, options);
  onTestFinished(async () => runtime.close());
  return runtime;
}

/** How the headers of the files begin that are ours: "AGKE" and "AGKS". */
const marks: Readonly<Record<string, number>> = { leases: 0x41474b45, snapshots: 0x41474b53 };

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe("openRuntime", () => {
  it("answers by the offline demo model without key and base URL, and then lets only that be named", async () => {
    const runtime = await open(await configure());
    expect(runtime).toMatchObject({ demo: true, agents: [{ name: "assistant", model: "gpt-5.1" }] });
    expect(runtime.modelDescription).toContain("DEMO");
    expect(await runtime.kit.run({ input: "hello", agent: demoModelName })).toMatchObject({ outcome: "completed" });
    await expect(runtime.kit.run({ input: "hello", agent: "gpt-5-mini" })).rejects.toMatchObject({
      code: "agent_not_found",
    });
    expect(await runtime.modelAccess.allows("gpt-5-mini")).toBe(false);
  });

  it("asks for the approval of the demo's deletion, also of another process, and keeps the key", async () => {
    const config = await configure();
    const asking = await open(config);
    const { session } = await asking.kit.run({ input: "Delete the note buy milk" });
    const [pending] = await asking.kit.approvals(session);
    expect(pending).toMatchObject({ tool: "delete_note", arguments: '{"title":"buy milk"}' });
    const other = await open(config, { access: "append" });
    const decision = { ticket: pending?.ticket ?? "", outcome: "approve", approver: { roles: [] } } as const;
    expect((await other.kit.decide(decision)).text).toContain("Deleted the note 'buy milk'.");
    expect(await other.kit.replay(session)).toMatchObject({ status: "identical" });
  });

  it.each([
    ["a key", { OPENAI_API_KEY: "sk-hidden" }, "OpenAI at api.openai.com"],
    ["a base URL", { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" }, "Responses API at 127.0.0.1:9"],
  ])("asks a server when there is %s, and shows no secret", async (_title, variables, description) => {
    const runtime = await open(await configure(variables));
    expect(runtime).toMatchObject({ demo: false, modelDescription: description });
  });

  it("keeps the log in EventStoreDB when its connection string is set, and shows no credentials", async () => {
    const double = await startEventStoreDBDouble();
    onTestFinished(async () => double.close());
    const url = new URL(double.connectionString);
    for (const password of ["secret", "s/cret", "s?cret"]) {
      const config = await configure({ EVENTSTOREDB_URL: `esdb://ops:${password}@${url.host}${url.search}` });
      expect((await open(config)).logDescription).toBe(`EventStoreDB at ${url.host}`);
    }
    const first = await open(await configure({ EVENTSTOREDB_URL: double.connectionString }));
    const { session } = await first.kit.run({ input: "What is 6 * 7?" });
    const other = await open(await configure({ EVENTSTOREDB_URL: double.connectionString }), { access: "read" });
    expect(await other.kit.replay(session)).toMatchObject({ status: "identical" });
    expect(await other.sessions.read()).toMatchObject([{ session, status: "completed" }]);
  });

  it("shares a database with another application and another log by a prefix of its streams, and keeps files of each", async () => {
    const double = await startEventStoreDBDouble();
    onTestFinished(async () => double.close());
    const bare = EventStoreDBClient.connectionString(double.connectionString);
    onTestFinished(async () => bare.dispose());
    await bare.appendToStream("session-7", jsonEvent({ type: "RunStarted", data: { shop: 1 } }));
    const variables = { EVENTSTOREDB_URL: double.connectionString };
    const alone = await open(await configure(variables));
    await expect(alone.sessions.read()).rejects.toThrow("EVENTSTOREDB_STREAM_PREFIX");
    const shared = await configure({ ...variables, EVENTSTOREDB_STREAM_PREFIX: "one-" });
    const { environment } = shared;
    const one = await open(shared);
    const { session } = await one.kit.run({ input: "What is 6 * 7?" });
    const streamPrefix = "two-";
    const two = await open({ ...shared, environment: { ...environment, streamPrefix } });
    expect(await one.sessions.read()).toMatchObject([{ session }]);
    expect(await two.sessions.read()).toEqual([]);
    expect([one.logDescription, two.logDescription]).toEqual([
      expect.stringMatching(/, streams one-\*$/),
      expect.stringMatching(/, streams two-\*$/),
    ]);
    const files = await readdir(environment.dataDirectory);
    expect(files.filter((file) => /^projections.*\.sqlite$/.test(file))).toHaveLength(2);
  });

  it("works without leases where their file cannot be used, and then goes by the age of a run", async () => {
    const config = await configure();
    await mkdir(config.environment.dataDirectory, { recursive: true });
    await writeFile(join(config.environment.dataDirectory, "leases.sqlite"), "no leases ".repeat(1_000));
    const runtime = await open(config);
    expect(await runtime.kit.run({ input: "What is 6 * 7?" })).toMatchObject({ outcome: "completed" });
    expect(runtime.orphanedAfterMs).toBeGreaterThan(600_000);
    expect((await open(await configure())).orphanedAfterMs).toBe(0);
  });

  describe.each(["leases", "snapshots"])("the file of the %s", (name) => {
    it.each([
      ["random bytes", Buffer.alloc(20_000, 0xa7)],
      ["zeros", Buffer.alloc(20_000)],
    ])("is set aside, which is said, where it holds %s, and the next one is used", async (_title, bytes) => {
      const config = await configure();
      const path = join(config.environment.dataDirectory, `${name}.sqlite`);
      await mkdir(config.environment.dataDirectory, { recursive: true });
      await writeFile(path, bytes);
      const notices: string[] = [];
      const runtime = await open(config, { onNotice: (notice) => notices.push(notice) });
      expect(notices).toEqual([
        expect.stringContaining(`${path} cannot be used and was set aside as ${path}.damaged-1`),
      ]);
      expect(await readFile(`${path}.damaged-1`)).toEqual(bytes);
      expect(await runtime.kit.run({ input: "What is 6 * 7?" })).toMatchObject({ outcome: "completed" });
      expect(runtime.orphanedAfterMs).toBe(0);
      await open(config, { onNotice: (notice) => notices.push(notice) });
      expect(notices).toHaveLength(1);
    });

    it.each<[string, (path: string) => Promise<unknown>]>([
      ["a text", async (path) => writeFile(path, "Things to do\n".repeat(500))],
      [
        "another application's database",
        async (path) => execute(path, "PRAGMA application_id = 7; CREATE TABLE a (b)"),
      ],
      [
        "a newer format",
        async (path) =>
          execute(path, `PRAGMA application_id = ${marks[name]}; PRAGMA user_version = 99; CREATE TABLE a (b)`),
      ],
      ["a directory", async (path) => mkdir(path)],
    ])("is left alone and done without, which is said, where it is %s", async (_title, make) => {
      const config = await configure();
      const path = join(config.environment.dataDirectory, `${name}.sqlite`);
      await mkdir(config.environment.dataDirectory, { recursive: true });
      await make(path);
      const notices: string[] = [];
      const runtime = await open(config, { onNotice: (notice) => notices.push(notice) });
      expect(notices).toEqual([expect.stringContaining(path)]);
      expect(await runtime.kit.run({ input: "What is 6 * 7?" })).toMatchObject({ outcome: "completed" });
      const files = await readdir(config.environment.dataDirectory);
      expect(files.filter((file) => file.includes("damaged"))).toEqual([]);
    });
  });

  it("takes agents, model, model names and log from the configuration, and keeps nothing where nothing is guarded", async () => {
    const log = createInMemoryEventLog();
    const config = await configure(
      {},
      {
        agents: [defineAgent({ name: "guide", model: "scripted" })],
        model: scriptedModel([{ text: "Hello!" }]),
        models: ["other"],
        log: () => log,
        safety: false,
      },
    );
    const runtime = await open(config);
    expect(runtime).toMatchObject({ demo: false, modelDescription: "a scripted model", safety: undefined });
    expect(runtime.log).toBe(log);
    expect(await runtime.kit.run({ input: "hello" })).toMatchObject({ text: "Hello!" });
    expect(await runtime.modelAccess.allows("other")).toBe(true);
    expect(await runtime.modelAccess.allows("another")).toBe(false);
    await expect(readdir(config.environment.dataDirectory)).rejects.toThrow("ENOENT");
  });

  it("replays a recorded model's turns without a key, beside a writer", async () => {
    const definition = { model: scriptedModel([{ text: "One." }, { text: "Two." }]) };
    const config = await configure({}, definition);
    const writer = await open(config);
    const { session } = await writer.kit.run({ input: "hello", agent: "gpt-5-mini" });
    await writer.kit.run({ input: "hello again", session });
    const reader = await open({ ...config, definition: {} }, { access: "read" });
    expect(await reader.kit.replay(session)).toMatchObject({ status: "identical", runs: 2 });
    await expect(reader.kit.createSession()).rejects.toMatchObject({ code: "log_read_only" });
  });

  it("replays them in demo mode beside its own work, and begins none anew", async () => {
    const config = await configure({}, { model: scriptedModel([{ text: "One." }]) });
    const writer = await open(config);
    const { session } = await writer.kit.run({ input: "hello", agent: "gpt-5-mini" });
    const demo = await open({ ...config, definition: {} });
    expect(await demo.kit.replay(session)).toMatchObject({ status: "identical", runs: 1 });
    await expect(demo.kit.run({ input: "hello", session })).rejects.toMatchObject({ code: "agent_not_found" });
  });

  it.each(["read", "append"] as const)("refuses to %s where there is no log, and makes nothing", async (access) => {
    const config = await configure();
    await expect(openRuntime(config, { access })).rejects.toMatchObject({ code: "log_unavailable" });
    await expect(readdir(config.environment.dataDirectory)).rejects.toThrow("ENOENT");
  });
});
