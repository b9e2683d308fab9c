import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { agentkit, agentkitJson, containing, emptyDirectory } from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

const source = `import { defineAgent, defineTool } from "@agentkit/core";
import { defineConfig } from "@agentkit/gateway";
import { createSqliteEventLog } from "@agentkit/eventlog-sqlite";
import { createOpenAIModel } from "@agentkit/openai";
import OpenAI from "openai";
import { z } from "zod";

const input: z.ZodType = z.object({ city: z.string() });
const weather = defineTool({ name: "weather", description: OpenAI.name, input, run: () => "sunny" });
export default defineConfig({
  agents: [defineAgent({ name: "guide", model: createOpenAIModel.name, tools: [weather] })],
  log: async ({ dataDirectory, readOnly }) => {
    const { join } = await import("node:path");
    return createSqliteEventLog({ path: join(dataDirectory, "log.sqlite"), readOnly });
  },
});
`;

/** A directory below the clone's root, where no package that a configuration imports is installed. Git and the checks ignore it. */
async function directoryInClone(): Promise<string> {
  const ignored = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", ".turbo");
  await mkdir(ignored, { recursive: true });
  const directory = await mkdtemp(join(ignored, "config-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe("a configuration in TypeScript", () => {
  it.each([
    ["in the clone", directoryInClone],
    ["where no package is installed", emptyDirectory],
  ])("imports AgentKit's packages, openai and zod %s", async (_title, makeDirectory) => {
    const directory = await makeDirectory();
    await writeFile(join(directory, "agentkit.config.ts"), source);
    expect(await agentkitJson({ directory }, "run", "hello")).toMatchObject({ outcome: "completed" });
    expect(await agentkitJson({ directory }, "sessions")).toMatchObject({ sessions: [{ agent: "guide" }] });
  });

  it("is found elsewhere by AGENTKIT_CONFIG, with the files it is made of", async () => {
    const [directory, elsewhere] = [await emptyDirectory(), await emptyDirectory()];
    await writeFile(join(elsewhere, "agents.ts"), source);
    await writeFile(join(elsewhere, "own.config.ts"), 'export { default } from "./agents.ts";\n');
    const place = { directory, variables: { AGENTKIT_CONFIG: join(elsewhere, "own.config.ts") } };
    expect(await agentkitJson(place, "run", "hello", "--agent", "guide")).toMatchObject({ outcome: "completed" });
  });

  it("is told what to install when it imports something else", async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, "agentkit.config.ts"), 'import "@agentkit/tea-kettle";\nexport default {};\n');
    expect(await agentkit({ directory }, "run", "hello")).toMatchObject({
      code: 2,
      stderr: containing(`cd '${directory}' && npm install @agentkit/tea-kettle`),
    });
  });
});
