import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import OpenAI from "openai";
import { describe, expect, it, vi } from "vitest";
import {
  agentkit,
  agentkitJson,
  containing,
  emptyDirectory,
  eventTypes,
  matching,
  onlySession,
  start,
} from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

const execute = promisify(execFile);
const freePort = { PORT: "0" };

describe("agentkit serve", () => {
  it("prints lines to paste that work, says DEMO, and lets other commands work beside it", async () => {
    const place = { directory: await emptyDirectory(), variables: freePort };
    const server = start(place, "serve");
    const banner = await server.printed(/Ctrl-C/);
    expect(banner).toMatch(/DEMO[\s\S]*log {5}.*log\.sqlite[\s\S]*agents {2}assistant/);

    const line = /^ {2}(curl .*)$/m.exec(banner)?.[1] ?? "";
    const { stdout } = await execute("bash", ["-c", `${line} --max-time 10`]);
    expect(JSON.parse(stdout)).toMatchObject({ object: "response", status: "completed", model: "assistant" });
    expect(stdout).toContain("6 * 7 = 42.");

    const baseURL = /baseURL: "([^"]+)"/.exec(banner)?.[1] ?? "";
    const client = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
    const answer = await client.responses.create({ model: "assistant", input: "What is 2 + 3?" });
    expect(answer.output_text).toContain("2 + 3 = 5.");

    expect(await agentkitJson(place, "sessions")).toMatchObject({ demo: true, sessions: [{ turns: 1 }, { turns: 1 }] });

    server.child.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^POST \/v1\/responses 200 /);
  });

  it("understands what the repository's README asks", async () => {
    const readme = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
    const questions = [...readme.matchAll(/responses\.create\(\{.*?input: "([^"]+)"/g)].map(
      ([, question = ""]) => question,
    );
    expect(questions).toHaveLength(2);
    const place = { directory: await emptyDirectory(), variables: freePort };
    const server = start(place, "serve", "--json");
    const [, url = ""] = /"url":"([^"]+)"/.exec(await server.printed(/\n/)) ?? [];
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "any", maxRetries: 0 });
    const [input = "", second = ""] = questions;
    const first = await client.responses.create({ model: "assistant", input });
    expect(first.output_text).toContain("12 * (3 + 4) = 84.");
    const next = await client.responses.create({ model: "assistant", input: second, previous_response_id: first.id });
    expect(next.output_text).toContain(`You said: “${input}”.`);
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  it("says where it is in one JSON document", async () => {
    const place = { directory: await emptyDirectory(), variables: freePort };
    const server = start(place, "serve", "--json", "--quiet", "--data-dir", "data");
    const document: unknown = JSON.parse(await server.printed(/\n/));
    expect(document).toMatchObject({ url: matching(/^http:\/\/127\.0\.0\.1:\d+$/), demo: true, agents: ["assistant"] });
    server.child.kill("SIGINT");
    expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("leaves a run that was killed with it to be resumed", async () => {
    const place = { directory: await emptyDirectory(), variables: freePort };
    const server = start(place, "serve", "--json");
    const [, url = ""] = /"url":"([^"]+)"/.exec(await server.printed(/\n/)) ?? [];
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "any", maxRetries: 0 });
    const stream = await client.responses.create({ model: "assistant", input: "Count to 150", stream: true });
    const read = async (): Promise<void> => {
      for await (const event of stream) if (event.type === "response.output_text.delta") server.child.kill("SIGKILL");
    };
    await expect(read()).rejects.toThrow(/terminated|ECONNRESET|aborted/);
    await server.ended;
    const session = await onlySession(place);
    expect((await eventTypes(place, session)).at(-1)).toBe("ModelCallStarted");
    const resumed = await agentkit(place, "resume", session);
    expect(resumed).toMatchObject({ code: 0, stdout: containing("149 150 [offline demo model") });
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
  });

  it("takes up by itself what was left open, when it is started again", async () => {
    const place = { directory: await emptyDirectory(), variables: freePort };
    const running = start(place, "run", "count to 60");
    await running.printed(/1 2 3/);
    running.child.kill("SIGKILL");
    await running.ended;
    const session = await onlySession(place);
    // The lease of the one that was killed: 30 seconds later it would have ended.
    for (const end of ["", "-wal", "-shm"]) {
      await rm(join(place.directory, ".agentkit", `leases.sqlite${end}`), { force: true });
    }
    const server = start(place, "serve", "--json");
    await expect.poll(async () => (await eventTypes(place, session)).at(-1), { timeout: 20_000 }).toBe("RunCompleted");
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({
      code: 0,
      stderr: containing(`recovered session ${session}: completed`),
    });
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
  });

  it("warns where other machines can reach it", async () => {
    const place = { directory: await emptyDirectory(), variables: freePort };
    const server = start(place, "serve", "--host", "0.0.0.0");
    await server.printed(/Ctrl-C/);
    server.child.kill("SIGTERM");
    expect((await server.ended).stderr).toContain("warning: 0.0.0.0 can be reached from other machines");
  });

  it("says that a port is in use", async () => {
    const place = { directory: await emptyDirectory(), variables: freePort };
    const server = start(place, "serve", "--json");
    const [, port = ""] = /:(\d+)"/.exec(await server.printed(/\n/)) ?? [];
    expect(await agentkit(place, "serve", "--port", port)).toMatchObject({
      code: 2,
      stderr: containing(`error config_invalid: 127.0.0.1:${port} is in use`),
    });
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});
