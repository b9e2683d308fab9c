import { join } from "node:path";
import { loadConfig, openRuntime } from "@agentkit/gateway";
import { describe, expect, it } from "vitest";
import { emptyDirectory } from "./agentkit.test.support.ts";
import { cashierPlace, startDriver } from "./cashier.test.support.ts";
import { createTerminal, runCli } from "./index.ts";

/** What a command prints on a terminal of 80 columns. */
async function print(...words: readonly string[]): Promise<readonly string[]> {
  let text = "";
  const stdout = { write: (chunk: string | Uint8Array) => ((text += String(chunk)), true), isTTY: true, columns: 80 };
  expect(await runCli(words, createTerminal({ stdout, stderr: stdout, color: false }))).toBe(0);
  return text.trimEnd().split("\n");
}

describe("a terminal of 80 columns", () => {
  it("has room for what matters of sessions, forks and tool calls", async () => {
    const directory = await emptyDirectory();
    const variables = { AGENTKIT_DATA_DIR: directory };
    const runtime = await openRuntime(await loadConfig({ directory, variables }));
    const { session } = await runtime.kit.run({ input: "What is 6 * 7?" });
    const fork = await runtime.kit.fork(session, { at: 6 });
    await runtime.close();

    const sessions = await print("sessions", "--data-dir", directory);
    for (const line of sessions.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
    expect(sessions.some((line) => line.startsWith(`${session.slice(0, 8)}  completed`))).toBe(true);
    const forked = sessions.find((line) => line.startsWith(`${fork.session.slice(0, 8)} `));
    expect(forked).toContain(`↳ ${session.slice(0, 8)} at 6  What`);

    const events = await print("events", session.slice(0, 8), "--data-dir", directory);
    for (const line of events.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
    expect(events.find((line) => line.includes("ToolCallStarted"))).toContain('calculate({"expression":"6 * 7"}');
    expect(events.find((line) => line.includes("ToolCallSucceeded"))).toContain("calculate: 42 · call_");
  });

  it("has room for the routing of a tree of runs, wrapped and never cut", async () => {
    const place = await cashierPlace();
    const driver = startDriver();
    await driver.run(place, "run", "Have 200 refunded", "--agent", "desk");
    const { stdout } = await driver.run(place, "sessions");
    driver.stop();
    const [, session = ""] = /^(\S+) +suspended +desk/m.exec(stdout) ?? [];
    const routing = await print("routing", session, "--data-dir", join(place.directory, ".agentkit"));
    for (const line of routing) expect(line.length).toBeLessThanOrEqual(80);
    expect(routing.some((line) => /^ {4}cashier: suspended · run/.test(line))).toBe(true);
    expect(routing.join("")).toContain("call_refund");
  });
});
