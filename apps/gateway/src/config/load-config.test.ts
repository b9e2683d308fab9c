import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadConfig, type LoadedConfig } from "./load-config.ts";

async function loadWith(files: Readonly<Record<string, string>>, variables = {}): Promise<LoadedConfig> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-config-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(files)) await writeFile(join(directory, name), source);
  return loadConfig({ directory, variables });
}

describe("loadConfig", () => {
  it("is content without a file", async () => {
    expect(await loadWith({})).toMatchObject({ path: undefined, definition: {} });
  });

  it("reads TypeScript before JavaScript", async () => {
    const typed = "const models: readonly string[] = ['typed']; export default { models };";
    const config = await loadWith({
      "agentkit.config.ts": typed,
      "agentkit.config.mjs": "export default { models: ['plain'] };",
    });
    expect(config.path).toMatch(/agentkit\.config\.ts$/);
    expect(config.definition).toEqual({ models: ["typed"] });
  });

  it("reads the file that AGENTKIT_CONFIG names in the place of others", async () => {
    const files = { "other.mjs": "export default { models: ['other'] };", "agentkit.config.mjs": "export default {};" };
    expect((await loadWith(files, { AGENTKIT_CONFIG: "other.mjs" })).definition).toEqual({ models: ["other"] });
  });

  it("does not repeat an API key that stands in the place of its hash", async () => {
    const source = "export default { apiKeys: { 'sk-hidden': { roles: 'all' } } };";
    await expect(loadWith({ "agentkit.config.mjs": source })).rejects.not.toMatchObject({
      message: expect.stringContaining("sk-hidden") as unknown,
    });
  });

  it("refuses a named file that does not exist", async () => {
    await expect(loadWith({}, { AGENTKIT_CONFIG: "gone.ts" })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/AGENTKIT_CONFIG names '.*gone\.ts', which does not exist/) as unknown,
    });
  });

  it.each([
    ["a file that throws", "throw new Error('boom');", "Error: boom"],
    ["a file with a syntax error", "export default {", "cannot be loaded"],
    ["a file without a default export", "export const agents = [];", "no default export"],
    ["a field there is not", "export default { agent: [] };", 'Unrecognized key: "agent"'],
    ["no agents", "export default { agents: [] };", "must have at least one agent"],
    ["an agent that was not defined", "export default { agents: [{ name: 'a' }] };", "must be made by defineAgent"],
    ["a model that is none", "export default { model: 'gpt-5.1' };", "must be a Model"],
    ["an authenticate that is none", "export default { authenticate: 'me' };", "must be a function of a request"],
    ["a key that is not hashed", "export default { apiKeys: { 'sk-1': { roles: [] } } };", "by the SHA-256 of a key"],
    [
      "two ways to authenticate",
      "export default { authenticate: () => undefined, apiKeys: {} };",
      "must be left out where there is an 'authenticate'",
    ],
    ["a policy that does not decide", "export default { access: { id: 'a' } };", "must be an AccessPolicy"],
    ["a log that is not opened by a function", "export default { log: {} };", "must be a function"],
  ])("refuses %s", async (_title, source, words) => {
    await expect(loadWith({ "agentkit.config.mjs": source })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(words) as unknown,
    });
  });
});
