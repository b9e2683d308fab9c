import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Agent, defineAgent, defineTool } from "@agentkit/core";
import { createApprovalAuthority, generateApprovalKey } from "@agentkit/tools";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { parseEnvironment, type Variables } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { openApprovals } from "./open-approvals.ts";

const pay = defineTool({
  name: "pay",
  description: "Pays.",
  input: z.object({}),
  approval: "always",
  run: () => "paid",
});
const agents = [defineAgent({ name: "payer", model: "test", tools: [pay] })];

async function configure(
  variables: Variables = {},
  earlierApprovalKeys: readonly string[] = [],
): Promise<LoadedConfig> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-approvals-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return { environment: parseEnvironment(variables, directory), path: undefined, definition: { earlierApprovalKeys } };
}

function open(config: LoadedConfig, access: "read" | "append" | "create" = "create", local = true) {
  const notices: string[] = [];
  const onNotice = (notice: string): void => void notices.push(notice);
  const approvals = openApprovals(config, { local }, { access, agents, onNotice });
  return { approvals, notices };
}

describe("openApprovals", () => {
  it("makes a key once, for its owner alone, and keeps it", async () => {
    const config = await configure();
    const { approvals, notices } = open(config);
    const path = join(config.environment.dataDirectory, "approval.key");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(config.environment.dataDirectory)).toEqual(["approval.key"]);
    expect(open(config, "read").approvals?.keyId).toBe(approvals?.keyId);
    expect(notices).toEqual([]);
  });

  it("makes none for whoever only reads, nor for agents that never ask", async () => {
    const config = await configure();
    const none: readonly Agent[] = [defineAgent({ name: "plain", model: "test" })];
    const options = { access: "create", agents: none, onNotice: () => undefined } as const;
    expect(openApprovals(config, { local: true }, options)).toBeUndefined();
    expect(open(config, "read").approvals).toBeUndefined();
    await expect(readdir(config.environment.dataDirectory)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("gives processes that start at once the same key", async () => {
    const config = await configure();
    const program = `
      import { openApprovals } from ${JSON.stringify(new URL("open-approvals.ts", import.meta.url).href)};
      const agents = [{ tools: [{ approval: { when: "always" } }] }];
      const config = { environment: { dataDirectory: process.argv[1] }, definition: {} };
      console.log(openApprovals(config, { local: true }, { access: "create", agents, onNotice() {} }).keyId);`;
    const { dataDirectory } = config.environment;
    const start = () => {
      return promisify(execFile)(process.execPath, ["--input-type=module", "-e", program, dataDirectory], {
        timeout: 20_000,
      });
    };
    const ids = (await Promise.all([start(), start(), start(), start()])).map(({ stdout }) => stdout.trim());
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^ed25519:[0-9a-f]{16}$/);
    expect(await readdir(dataDirectory)).toEqual(["approval.key"]);
  }, 30_000);

  it("takes the key of the environment before a file, writes none, and takes what earlier keys signed", async () => {
    const before = createApprovalAuthority({ key: generateApprovalKey() });
    const key = generateApprovalKey();
    const config = await configure({ AGENTKIT_APPROVAL_KEY: key }, [before.publicKey]);
    const { approvals } = open(config);
    expect(approvals?.keyId).toBe(createApprovalAuthority({ key }).keyId);
    expect(approvals?.verify("text", before.sign("text"))).toBe(true);
    await expect(readdir(config.environment.dataDirectory)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("says of a log that other machines work on that they do not have the key", async () => {
    const config = await configure();
    expect(open(config, "create", false).notices).toEqual([
      expect.stringContaining("AGENTKIT_APPROVAL_KEY is not set"),
    ]);
    expect(open(config, "append", false).notices).toEqual([]);
  });

  it("refuses a key file that holds none, and does not repeat what it holds", async () => {
    const config = await configure();
    open(config);
    await writeFile(join(config.environment.dataDirectory, "approval.key"), "half a secret");
    expect(() => open(config)).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(() => open(config)).not.toThrow("half a secret");
    expect(await readFile(join(config.environment.dataDirectory, "approval.key"), "utf8")).toBe("half a secret");
  });

  it("refuses a variable that is no key, and does not repeat it", () => {
    const variables = { AGENTKIT_APPROVAL_KEY: "hidden-word" };
    const parse = () => parseEnvironment(variables, "/srv");
    expect(parse).toThrow(/AGENTKIT_APPROVAL_KEY must be 32 bytes/);
    expect(parse).not.toThrow("hidden-word");
  });
});
