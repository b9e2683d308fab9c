import { readdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { loadConfig, openRuntime } from "@agentkit/gateway";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { agentkit, agentkitJson, containing, emptyDirectory, runPrompt } from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

async function blobFiles(directory: string): Promise<readonly string[]> {
  const blobs = join(directory, ".agentkit", "blobs");
  const names = await readdir(blobs, { recursive: true });
  return names.filter((name) => /[0-9a-f]{64}$/.test(name)).map((name) => join(blobs, name));
}

/** Puts content that no event will name, and lets two hours pass for all that is there. */
async function leaveUnused(directory: string, content: string): Promise<void> {
  const runtime = await openRuntime(await loadConfig({ directory, variables: {} }));
  await runtime.blobs?.put(new TextEncoder().encode(content));
  await runtime.close();
  const then = Date.now() / 1_000 - 7_200;
  for (const path of await blobFiles(directory)) await utimes(path, then, then);
}

describe("agentkit blobs", () => {
  it("counts what no event refers to, deletes it when told to, and keeps the data of a large prompt", async () => {
    const place = { directory: await emptyDirectory() };
    // A command line takes 128 KiB a word, and what is longer than 512 KiB goes through the log.
    const runtime = await openRuntime(await loadConfig({ directory: place.directory, variables: {} }));
    const { session } = await runtime.kit.run({ input: `hello ${"x".repeat(600_000)}` });
    await runtime.close();
    const [large] = await blobFiles(place.directory);
    await leaveUnused(place.directory, "nobody names this");
    expect(await blobFiles(place.directory)).toHaveLength(2);

    const found = { kept: 1, unused: 1, unusedBytes: 17 };
    expect(await agentkitJson(place, "blobs")).toEqual({ ...found, deleted: false });
    expect((await agentkit(place, "blobs")).stdout).toContain("blobs --collect");
    expect(await blobFiles(place.directory)).toHaveLength(2);
    expect(await agentkitJson(place, "blobs", "--collect")).toEqual({ ...found, deleted: true });
    expect(await blobFiles(place.directory)).toEqual([large]);
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });

    await rm(large ?? "");
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 4, stderr: containing("blob_not_found") });
  });

  it("makes none for what fits into the log, and says so of a log that keeps them itself", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "What is 6 * 7?");
    expect(await agentkit(place, "blobs")).toMatchObject({ code: 0, stdout: containing("Found 0 unused blobs") });
    expect(await readdir(join(place.directory, ".agentkit"))).not.toContain("blobs");
    const double = await startEventStoreDBDouble();
    onTestFinished(async () => double.close());
    const variables = { EVENTSTOREDB_URL: double.connectionString };
    const other = { directory: place.directory, variables };
    expect(await agentkit(other, "blobs")).toMatchObject({
      code: 2,
      stderr: containing("keeps large contents itself"),
    });
  });
});
