import { loadConfig, openRuntime } from "@agentkit/gateway";
import { toSessionStream } from "@agentkit/core";
import { describe, expect, it, vi } from "vitest";
import { agentkit, agentkitJson, emptyDirectory, matching, runPrompt } from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

async function deleteSession(directory: string, session: string): Promise<void> {
  const runtime = await openRuntime(await loadConfig({ directory, variables: {} }));
  const stream = toSessionStream(session);
  await runtime.log.deleteStream(stream, { expected: (await runtime.log.head(stream)) ?? 0 });
  await runtime.close();
}

describe("a session that was deleted", () => {
  it("is not there any more for any command, and not in the list", async () => {
    const place = { directory: await emptyDirectory() };
    const [gone, kept] = [await runPrompt(place, "Hello"), await runPrompt(place, "Hello again")];
    await agentkit(place, "projections");
    await deleteSession(place.directory, gone);
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{ session: kept }] });
    for (const words of [["events"], ["replay"], ["resume"], ["run", "Go on", "--session"]]) {
      const refused = await agentkit(place, ...words, gone);
      expect(refused, words.join(" ")).toMatchObject({ code: 3, stderr: matching(/^error stream_deleted: /) });
    }
  });
});
