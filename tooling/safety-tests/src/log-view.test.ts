import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { AgentKitError, isFunctionCallOutput } from "@agentkit/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { dyingLog } from "./dying-log.ts";
import { findTraces } from "./find-traces.ts";
import { address, mailAgents, mailModel, request, secret } from "./mail-story.ts";
import { openScene, type Scene, type SceneOptions } from "./scene.ts";

function open(directory: string, options: Pick<SceneOptions, "around"> = {}) {
  const sent: string[] = [];
  const scene: Scene = openScene({
    directory,
    agents: mailAgents((to) => sent.push(to)),
    model: mailModel(),
    ...options,
  });
  onTestFinished(async () => scene[Symbol.asyncDispose]());
  return { scene, sent };
}

function failedLog(error: unknown): undefined {
  if (!AgentKitError.is(error) || error.code !== "log_unavailable") throw error;
}

/** Lets another process run the story until it is killed. */
async function crashIn(directory: string): Promise<NodeJS.Signals | null> {
  const worker = fileURLToPath(new URL("./crash-worker.ts", import.meta.url));
  const child = spawn(process.execPath, [worker, directory], { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "close");
  return child.signalCode;
}

describe("a session whose log holds placeholders", () => {
  it("gives tools and the user the values, the log none of them, and replays identically in another process", async () => {
    const directory = newDirectory();
    const { scene, sent } = open(directory);
    const { run, text } = await scene.kit.run({ session: "s", input: request });
    expect([sent, text]).toEqual([[address], `I wrote to ${address}.`]);
    const later = open(directory);
    expect(await later.scene.kit.replay("s")).toMatchObject({ status: "identical" });
    expect(await later.scene.kit.result("s", run)).toMatchObject({ text });
    expect(findTraces(readDirectory(directory), [address, secret])).toEqual([]);
  });

  it("goes on after a crash in the middle of a tool's call, which gets the values again", async () => {
    const directory = newDirectory();
    expect(await crashIn(directory)).toBe("SIGKILL");
    expect(findTraces(readDirectory(directory), [address, secret])).toEqual([]);
    const { scene, sent } = open(directory);
    const recovered = await scene.kit.recover();
    expect(recovered).toMatchObject([{ session: "s", status: "resumed", result: { outcome: "completed" } }]);
    expect(sent).toEqual([address]);
    expect(await scene.kit.replay("s")).toMatchObject({ status: "identical" });
    expect(findTraces(readDirectory(directory), [address, secret])).toEqual([]);
  });

  it("comes to the same end from a crash before each append", async () => {
    const ends = new Set<string>();
    let appends = 0;
    for (let finished = false; !finished; appends += 1) {
      const directory = newDirectory();
      const first = open(directory, { around: (log) => dyingLog(log, appends) });
      const ran = await first.scene.kit.run({ session: "s", input: request }).catch(failedLog);
      const { scene, sent } = open(directory);
      const [recovered] = await scene.kit.recover();
      finished = ran !== undefined;
      // Before the run is in the log there is nothing to take up.
      const result = recovered?.status === "resumed" ? recovered.result : ran;
      if (result !== undefined) ends.add(`${result.outcome}: ${(await scene.kit.result("s", result.run)).text}`);
      expect([...first.sent, ...sent].filter((to) => to !== address)).toEqual([]);
      expect(findTraces(readDirectory(directory), [address, secret])).toEqual([]);
      await first.scene[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    }
    expect([...ends]).toEqual([`completed: I wrote to ${address}.`]);
    expect(appends).toBeGreaterThan(4);
  });

  it("is continued in a fork with the same values, until their key is destroyed", async () => {
    const directory = newDirectory();
    const { scene, sent } = open(directory);
    await scene.kit.run({ session: "s", input: request });
    const { session } = await scene.kit.fork("s");
    const { text } = await scene.kit.run({ session, input: "Write once more." });
    expect([sent, text]).toEqual([[address, address], `I wrote to ${address}.`]);
    expect(await scene.kit.replay(session)).toMatchObject({ status: "identical" });
    await scene.eraseSession("s");
    await scene.kit.run({ session, input: "And once more." });
    expect(sent).toHaveLength(2);
    expect(findTraces(readDirectory(directory), [address, secret])).toEqual([]);
  });

  it("shows placeholders once the key of the values is destroyed, and is otherwise the same", async () => {
    const { scene, sent } = open(newDirectory());
    const { run } = await scene.kit.run({ session: "s", input: request });
    await scene.eraseSession("s");
    const { text } = await scene.kit.result("s", run);
    expect(text).toMatch(/^I wrote to \[\[PII:EMAIL:\w{12}\]\]\.$/);
    expect(await scene.kit.replay("s")).toMatchObject({ status: "identical" });
    // A tool that needs the value fails: nothing else is put in its place.
    const { items } = await scene.kit.run({ session: "s", input: "Write once more." });
    expect(sent).toEqual([address]);
    expect(items.find(isFunctionCallOutput)?.output).toContain("input_invalid");
  });
});
