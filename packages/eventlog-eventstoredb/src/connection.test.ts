import { type EventStoreDBDouble, startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEventStoreDBEventLog } from "./eventstoredb-event-log.ts";
import { collect, fill, numbersOf, startLog, testEvent } from "./event-log-harness.test.support.ts";

async function start(options?: Parameters<typeof startEventStoreDBDouble>[0]): Promise<EventStoreDBDouble> {
  const double = await startEventStoreDBDouble(options);
  onTestFinished(async () => double.close());
  return double;
}

function open(connectionString: string): ReturnType<typeof createEventStoreDBEventLog> {
  const log = createEventStoreDBEventLog({ connectionString, giveUpAfterMs: 3_000, answerTimeoutMs: 1_000 });
  onTestFinished(async () => log.close());
  return log;
}

/** A key and a certificate for localhost that nobody else vouches for. */
function selfSigned(): { readonly key: string; readonly certificate: string; readonly file: string } {
  const directory = mkdtempSync(join(tmpdir(), "agentkit-tls-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [keyFile, file] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", keyFile, "-out", file];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files], {
    stdio: "ignore",
  });
  return { key: readFileSync(keyFile, "utf8"), certificate: readFileSync(file, "utf8"), file };
}

describe("the connection", () => {
  it("trusts a certificate by tlsCAFile, and no other", { timeout: 30_000 }, async () => {
    const { key, certificate, file } = selfSigned();
    const double = await start({ tls: { key, certificate } });
    const host = `localhost:${double.port}`;
    const log = open(`esdb://admin:changeit@${host}?tlsCAFile=${encodeURIComponent(file)}`);
    await fill(log, "a", 2);
    expect(await numbersOf(log, "a")).toEqual([0, 1]);
    const wary = createEventStoreDBEventLog({ connectionString: `esdb://${host}`, giveUpAfterMs: 100 });
    onTestFinished(async () => wary.close());
    await expect(wary.head("a")).rejects.toMatchObject({ code: "log_unavailable" });
    // gRPC ends its reason in the title of a note that it does not have.
    await expect(wary.head("a")).rejects.toThrow(/\([^()]*[^\s:.]\)\.$/);
    expect(() => open(`esdb://${host}?tlsCAFile=/nowhere.pem`)).toThrow("'/nowhere.pem'");
  });

  it("finds the leader of a cluster by gossip, also when it changes", { timeout: 30_000 }, async () => {
    const nodes: { host: string; port: number; state: "leader" | "follower" }[] = [];
    const first = await start({ nodes: () => nodes });
    const second = await start({ nodes: () => nodes, store: first.store });
    nodes.push({ host: "127.0.0.1", port: first.port, state: "follower" });
    nodes.push({ host: "127.0.0.1", port: second.port, state: "leader" });
    first.inject({ at: "append", how: "hang", times: 100 });
    const log = open(`esdb://127.0.0.1:${first.port},127.0.0.1:${second.port}?tls=false`);
    await fill(log, "a", 2);

    first.clearFaults();
    nodes.splice(0, 2, { host: "127.0.0.1", port: first.port, state: "leader" });
    await second.kill();
    expect(await log.append("a", [testEvent(2)], { expected: 1 })).toMatchObject({ revision: 2 });
    expect(await numbersOf(log, "a")).toEqual([0, 1, 2]);
  });

  it("survives a cluster that cannot be found, and says so", { timeout: 30_000 }, async () => {
    const double = await start();
    double.inject({ at: "gossip", how: "refuse", times: 1_000 });
    const host = `127.0.0.1:${double.port}`;
    const connectionString = `esdb://${host},${host}?tls=false&maxDiscoverAttempts=1&discoveryInterval=10`;
    const log = createEventStoreDBEventLog({ connectionString, giveUpAfterMs: 200 });
    onTestFinished(async () => log.close());
    await expect(log.head("a")).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    const appending = log.append("a", [testEvent(0)], { expected: "no_stream" });
    await expect(appending).rejects.toMatchObject({ code: "log_unavailable", retryable: true });
    double.clearFaults();
    await fill(log, "a", 1);
  });

  it("keeps logs of one database apart by the prefix of their streams", async () => {
    const { open: openLog } = await startLog();
    const [x, y, all] = [openLog({ streamPrefix: "x-" }), openLog({ streamPrefix: "y-" }), openLog()];
    await fill(x, "a", 2);
    await y.append("a", [testEvent(7)], { expected: "no_stream" });
    const streamsOf = async (log: typeof x): Promise<string[]> =>
      (await collect(log.readAll())).map((event) => event.stream);
    expect([await streamsOf(x), await streamsOf(y)]).toEqual([["a", "a"], ["a"]]);
    expect(await streamsOf(all)).toEqual(["x-a", "x-a", "y-a"]);
    expect(() => openLog({ streamPrefix: "$x" })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it(
    "lets the process end after close, and prints no password and no event under DEBUG",
    { timeout: 30_000 },
    async () => {
      const double = await start();
      const program = `
      import { createEventStoreDBEventLog } from ${JSON.stringify(new URL("./eventstoredb-event-log.ts", import.meta.url).href)};
      const connectionString = "esdb://admin:xyzzy%3Aplugh@127.0.0.1:${double.port}?tls=false";
      const log = createEventStoreDBEventLog({ connectionString });
      const event = ${JSON.stringify(testEvent(0, { data: { text: "a secret prompt" } }))};
      await log.append("a", [event], { expected: "no_stream" });
      for await (const message of log.subscribe()) if (message.type === "CaughtUp") break;
      await log.close();
      console.log("closed");
    `;
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ["--no-warnings", "--input-type=module", "--eval", program],
        { timeout: 20_000, env: { ...process.env, DEBUG: "esdb:*" }, cwd: import.meta.dirname },
      );
      expect(stdout).toBe("closed\n");
      expect(stderr).toContain("esdb:connection");
      expect(stderr).not.toMatch(/xyzzy|plugh|secret prompt/);
    },
  );
});
