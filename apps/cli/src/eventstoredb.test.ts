import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  agentkit,
  agentkitJson,
  containing,
  emptyDirectory,
  eventTypes,
  matching,
  type Place,
  type RunningCommand,
  runPrompt,
  start,
} from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 90_000 });

async function startDouble(port = 0) {
  const double = await startEventStoreDBDouble({ port });
  onTestFinished(async () => double.close());
  return double;
}

async function placeOn(connectionString: string): Promise<Place> {
  return { directory: await emptyDirectory(), variables: { EVENTSTOREDB_URL: connectionString } };
}

function kept(place: Place): Promise<readonly string[]> {
  return readdir(join(place.directory, ".agentkit"));
}

/** Lets the time of a dead gateway's leases pass. */
async function endLeases(place: Place): Promise<void> {
  const names = (await kept(place)).filter((name) => /^leases-.*\.sqlite$/.test(name));
  expect(names).toHaveLength(1);
  const database = new DatabaseSync(join(place.directory, ".agentkit", names[0] ?? ""));
  database.exec("UPDATE leases SET ends = begins");
  database.close();
}

interface Serving {
  readonly server: RunningCommand;
  readonly url: string;
  /** What it has written to standard error since it was started. */
  readonly told: () => string;
}

async function serve(place: Place): Promise<Serving> {
  const server = start(place, "serve", "--port", "0");
  const told = stderrOf(server);
  const [, url = ""] = /serves at (\S+)/.exec(await server.printed(/serves at \S+\n/)) ?? [];
  return { server, url, told };
}

/** What a command has written to standard error so far. */
function stderrOf({ child }: RunningCommand): () => string {
  let text = "";
  child.stderr?.on("data", (chunk) => (text += String(chunk)));
  return () => text;
}

async function killInsidePayment(place: Place): Promise<string> {
  const { server, url } = await serve(place);
  const body = JSON.stringify({ model: "assistant", input: "Send 25 EUR to Ada" });
  const headers = { "content-type": "application/json" };
  void fetch(`${url}/v1/responses`, { method: "POST", headers, body }).catch(() => undefined);
  // A process for each look would take longer than the payment does.
  const read = (path: string): Promise<string> => fetch(`${url}/agentkit/v1/${path}`).then((answer) => answer.text());
  await expect.poll(() => read("sessions"), { timeout: 10_000 }).toContain('"running"');
  const [, session = ""] = /"session":"([0-9a-f]{24})"/.exec(await read("sessions")) ?? [];
  await expect.poll(() => read(`sessions/${session}/events`), { timeout: 10_000 }).toContain("ToolCallStarted");
  server.child.kill("SIGKILL");
  await server.ended;
  return session;
}

describe("a gateway on EventStoreDB", () => {
  it("takes up what it was killed in, and the commands work on its log", async () => {
    const double = await startDouble();
    const place = await placeOn(double.connectionString);
    const session = await killInsidePayment(place);
    await endLeases(place);

    const again = await serve(place);
    await expect.poll(again.told, { timeout: 20_000 }).toContain(`session ${session} waits for a decision`);
    const waiting = await agentkit(place, "resume", session);
    expect(waiting).toMatchObject({ code: 1, stdout: matching(/outcome unknown {2}send_payment, started once/) });
    const [, callId = ""] = /call {7}(\S+)/.exec(waiting.stdout) ?? [];
    const decided = await agentkit(place, "resume", session, "--succeeded", `${callId}=It is in the ledger.`);
    expect(decided).toMatchObject({ code: 0, stdout: containing("It is in the ledger.") });
    const types = await eventTypes(place, session);
    expect(types.filter((type) => type === "ToolCallStarted")).toHaveLength(1);
    again.server.child.kill("SIGTERM");
    expect(await again.server.ended).toMatchObject({ code: 0 });

    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0, stdout: containing("identical") });
    expect(await agentkit(place, "resume")).toMatchObject({ code: 0, stdout: containing("Nothing to resume") });
    expect(await agentkitJson(place, "projections")).toMatchObject([{ behind: 0 }, { behind: 0 }]);
    expect(await agentkit(place, "rebuild", "session-list")).toMatchObject({ code: 0 });
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session, status: "completed" }] });
  });

  it("keeps projections and snapshots in the data directory, apart for each server, and shows no password in their names", async () => {
    const [one, two] = [await startDouble(), await startDouble()];
    const place = await placeOn(one.connectionString.replace("esdb://", "esdb://ops:secret@"));
    const session = await runPrompt(place, "hello");
    await agentkit(place, "projections");
    const before = await kept(place);
    expect(before.toString()).not.toMatch(/ops|secret/);
    for (const name of ["projections", "snapshots", "leases"]) {
      expect(before).toContainEqual(matching(new RegExp(`^${name}-eventstoredb-[0-9a-f]{12}\\.sqlite$`)));
    }
    // Another user and other options of the same server.
    const same = { ...place, variables: { EVENTSTOREDB_URL: `${one.connectionString}&connectionName=other` } };
    expect(await agentkitJson(same, "projections", "session-list")).toMatchObject([{ behind: 0 }]);
    expect(await kept(place)).toEqual(before);

    const other = { ...place, variables: { EVENTSTOREDB_URL: two.connectionString } };
    const second = await runPrompt(other, "hello");
    expect(await agentkitJson(other, "sessions")).toMatchObject({ sessions: [{ session: second }] });
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session }] });
  });
});

describe("an EventStoreDB that is not there", () => {
  it("is waited for, which is said within two seconds and without its password", async () => {
    const first = await startDouble();
    const { host, port, search } = new URL(first.connectionString);
    await first.close();
    const place = await placeOn(`esdb://ops:secret@${host}${search}`);
    const command = start(place, "sessions");
    const told = stderrOf(command);
    await expect.poll(told, { timeout: 10_000 }).toBe(`waiting for EventStoreDB at ${host}, 30 seconds at most\n`);
    await startDouble(Number(port));
    expect(await command.ended).toMatchObject({ code: 0, stdout: containing("no sessions yet") });
  });

  it("ends the command with exit code 4 and names the host when it refuses its user", async () => {
    const double = await startDouble();
    const { host } = new URL(double.connectionString);
    double.inject({ at: "read", how: "deny", times: 10 });
    const refused = await agentkit(await placeOn(double.connectionString), "sessions", "--json");
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(JSON.parse(refused.stderr)).toMatchObject({
      error: { code: "log_unavailable", message: matching(new RegExp(`EventStoreDB at ${host}.*refused the user`)) },
    });
  });
});
