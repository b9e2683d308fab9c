import type { JsonObject, SecretSource, Tool } from "@agentkit/core";
import { toolContext } from "@agentkit/core/testing";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { programTool, type ProgramToolDefinition } from "./program-tool.ts";

const directory = mkdtempSync(join(tmpdir(), "agentkit-programs-"));
afterAll(() => rmSync(directory, { recursive: true }));

const anything: JsonObject = { type: "object" };
type Change = Partial<ProgramToolDefinition<JsonObject>>;

function shell(script: string, change: Change = {}): Tool {
  const command = ["/bin/sh", "-c", script] as const;
  return programTool({ name: "t", description: "", command, input: anything, inheritEnv: ["PATH"], ...change });
}

function python(script: string, change: Change = {}): Tool {
  return shell("", { command: ["python3", "-c", script], inheritEnv: ["PATH", "HOME"], ...change });
}

function withSecret(value: string | undefined): Change {
  return { secretEnv: { TOKEN: "billing" }, secrets: { get: async () => value } };
}

async function run(tool: Tool, input: unknown = {}, signal = new AbortController().signal): Promise<unknown> {
  return tool.execute(input, toolContext({ signal }));
}

async function runUntil(tool: Tool, ready: () => boolean): Promise<unknown> {
  const stop = new AbortController();
  const result = run(tool, {}, stop.signal).catch((error: unknown) => error);
  await expect.poll(ready, { interval: 10, timeout: 10_000 }).toBe(true);
  stop.abort();
  return result;
}

/** A process that is there and not only waiting for its parent to look. */
function isRunning(pid: string): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid.trim()}/status`, "utf8"));
  } catch {
    return false;
  }
}

function readPids(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

const isLinux = process.platform === "linux";
const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("a program", () => {
  it("gets its arguments as JSON and gives text", async () => {
    await expect(run(shell("cat; echo"), { a: "ä" })).resolves.toBe('{"a":"ä"}');
  });

  it("gets its command as it is, with no shell between", async () => {
    const tool = programTool({ name: "t", description: "", command: ["/bin/echo", "$HOME; ls"], input: anything });
    await expect(run(tool)).resolves.toBe("$HOME; ls");
  });

  it("finds in its environment what is listed, a secret by its name, and the key of the call", async () => {
    process.env["AGENTKIT_TEST_HIDDEN"] = "hidden";
    const asked: string[] = [];
    const secrets: SecretSource = {
      get: async (name) => {
        asked.push(name);
        return "s3cret";
      },
    };
    const tool = shell("env; test $TOKEN = s3cret && echo yes", {
      env: { LEVEL: "1" },
      secretEnv: { TOKEN: "billing" },
      secrets,
    });
    const lines = String(await run(tool)).split("\n");
    const names = lines
      .map((line) => line.split("=")[0] ?? "")
      .filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name));
    expect(names.toSorted()).toEqual(
      ["AGENTKIT_IDEMPOTENCY_KEY", "AGENTKIT_PROGRAM_RUN", "LEVEL", "PATH", "TOKEN", "yes"].toSorted(),
    );
    expect(lines).toEqual(expect.arrayContaining(["AGENTKIT_IDEMPOTENCY_KEY=key-1", "TOKEN=[secret]", "yes"]));
    expect(asked).toEqual(["billing"]);
  });

  it("runs in its directory", async () => {
    await expect(run(shell("pwd -P", { cwd: "/" }))).resolves.toBe("/");
  });

  it("is checked on both sides by zod or by JSON Schema", async () => {
    const output = { type: "object", required: ["n"], properties: { n: { type: "number" } } };
    const byJson = shell("cat", { input: anything, output });
    await expect(run(byJson, { n: 1 })).resolves.toBe('{"n":1}');
    await expect(run(byJson, { n: "1" })).rejects.toMatchObject({ code: "tool_result_invalid" });
    const byZod = programTool({
      name: "t",
      description: "",
      command: ["/bin/cat"],
      input: z.object({ n: z.number().default(2) }),
      output: z.object({ n: z.number() }),
      approval: ({ n }) => n > 1,
    });
    expect(byZod.parse({ n: "x" })).toMatchObject({ ok: false });
    expect(byZod.parse({})).toEqual({ ok: true, value: { n: 2 } });
    expect(byZod.outputSchema).toMatchObject({ required: ["n"] });
    await expect(run(byZod, { n: 2 })).resolves.toBe('{"n":2}');
  });

  it.each<[string, Tool, { readonly code: string; readonly message: RegExp }]>([
    [
      "an exit code",
      shell("echo one >&2; echo two >&2; exit 3"),
      { code: "tool_program_failed", message: /ended with exit code 3:\none\ntwo$/ },
    ],
    ["an end by a signal", shell("kill -SEGV $$"), { code: "tool_program_failed", message: /was ended by SIGSEGV/ }],
    [
      "text where JSON is expected",
      shell("echo hello", { output: "json" }),
      { code: "tool_result_invalid", message: /no JSON: hello$/ },
    ],
    [
      "nothing where JSON is expected",
      shell(":", { output: "json" }),
      { code: "tool_result_invalid", message: /wrote nothing/ },
    ],
    ["binary output", shell("printf '\\377\\376'"), { code: "tool_result_invalid", message: /no UTF-8 text/ }],
    [
      "a directory that is not there",
      shell(":", { cwd: "/not/there" }),
      { code: "tool_program_not_started", message: /ENOENT/ },
    ],
    [
      "a program that is not there",
      shell(":", { command: ["/not/there"] }),
      { code: "tool_program_not_started", message: /ENOENT/ },
    ],
    [
      "a flood",
      shell("yes", { maxStreamBytes: 100_000 }),
      { code: "tool_output_limit_exceeded", message: /100000 bytes to stdout/ },
    ],
    [
      "a flood of errors",
      shell("yes >&2", { maxStreamBytes: 100_000 }),
      { code: "tool_output_limit_exceeded", message: /to stderr/ },
    ],
  ])("fails with a message for the model at %s", async (_name, tool, { code, message }) => {
    const result = run(tool);
    await expect(result).rejects.toMatchObject({ code });
    await expect(result).rejects.toThrow(message);
  });

  it.skipIf(!isLinux)("is told from one that ended badly when it is not there and its memory is limited", async () => {
    const limit = { maxMemoryBytes: 1_000_000_000 };
    const missing = run(shell("", { command: ["agentkit-not-there", "x"], ...limit }));
    await expect(missing).rejects.toMatchObject({ code: "tool_program_not_started", retryable: false });
    const bad = run(shell("echo not found >&2; exit 127", limit));
    await expect(bad).rejects.toMatchObject({ code: "tool_program_failed" });
  });

  it("is not run again because a schema of its result or arguments waits", async () => {
    const waits = z.object({}).refine(async () => Promise.resolve(true));
    const output = shell("cat", { output: waits });
    const result = run(output);
    await expect(result).rejects.toMatchObject({ code: "tool_result_invalid", retryable: false });
    await expect(result).rejects.toThrow("has to be synchronous");
    const input = programTool({ name: "t", description: "", command: ["/bin/cat"], input: waits });
    expect(input.parse({})).toMatchObject({ ok: false });
    expect(JSON.stringify(input.parse({}))).toContain("has to be synchronous");
  });

  it("shows the last lines of a long complaint, and no secret", async () => {
    const tool = shell("seq 1 5000 >&2; echo token $TOKEN >&2; exit 1", withSecret("hunter2"));
    const error: unknown = await run(tool).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/4982\n[^]*5000\ntoken \[secret\]$/);
    expect(String(error)).not.toContain("4981");
  });

  it("does not start without its secret, nor shows one that cannot be passed on", async () => {
    await expect(run(shell(":", withSecret(undefined)))).rejects.toMatchObject({ code: "secret_not_found" });
    const error: unknown = await run(shell(":", withSecret("hun\0ter2"))).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "tool_program_not_started" });
    expect(error).not.toHaveProperty("cause");
    expect(String(error)).not.toContain("hun");
  });

  it("need not read its input, however long, and may read all of it", async () => {
    const text = "x".repeat(4_000_000);
    await expect(run(shell("exec 0<&-; echo done"), { text })).resolves.toBe("done");
    await expect(run(shell("wc -c"), { text })).resolves.toBe(String(text.length + '{"text":""}'.length));
  });

  it.each<[string, Change]>([
    ["an empty command", { command: [""] }],
    ["a negative limit", { maxStreamBytes: -1 }],
    ["secrets from nowhere", { secretEnv: { TOKEN: "x" } }],
    ["a schema that is no object", { input: { type: "string" } }],
    ["a schema that cannot be used", { input: { type: "object", $ref: "#/nowhere" } }],
  ])("is refused with %s", (_name, change) => {
    expect(() => shell(":", change)).toThrow(expect.objectContaining({ code: "definition_invalid" }));
  });
});

describe("a program that is stopped", () => {
  it("is not started when it is stopped before", async () => {
    const file = join(directory, "never");
    const stopped = run(shell(`touch ${file}`), {}, AbortSignal.abort());
    await expect(stopped).rejects.toMatchObject({ code: "tool_program_not_started" });
    expect(existsSync(file)).toBe(false);
  });

  it("may clean up when it is told to end", async () => {
    const file = join(directory, "clean");
    const tool = shell(`trap 'echo cleaned > ${file}; exit' TERM; touch ${file}.up; while :; do sleep 0.02; done`);
    await expect(runUntil(tool, () => existsSync(`${file}.up`))).resolves.toMatchObject({ code: "aborted" });
    expect(readFileSync(file, "utf8")).toBe("cleaned\n");
  });

  it.skipIf(!isLinux)(
    "ends with its children, deaf or gone off into sessions of their own (looks into /proc)",
    async () => {
      const file = join(directory, "family");
      const deaf = `trap '' TERM; echo $$ >> ${file}; while :; do sleep 0.1; done`;
      // A child, a child in a session of its own, one whose parent is gone, and one that also dropped its environment.
      const tool = shell(
        `export DEAF="${deaf.replaceAll("$", "\\$")}"
       sh -c "$DEAF" &
       setsid sh -c "$DEAF" &
       (setsid sh -c "$DEAF" &)
       setsid env -i PATH="$PATH" sh -c "$DEAF" &
       ${deaf}`,
        { graceMs: 100 },
      );
      const result = await runUntil(tool, () => readPids(file).length === 5);
      expect(result).toMatchObject({ code: "aborted" });
      expect(readPids(file).filter(isRunning)).toEqual([]);
    },
  );

  it.skipIf(!isLinux)(
    "takes a child with it whose only link is a parent that ends at the first signal (looks into /proc)",
    async () => {
      const file = join(directory, "orphan");
      const child = `setsid env -i /bin/sh -c 'echo $$ > ${file}; exec /bin/sleep 60'`;
      const result = await runUntil(shell(`${child} & sleep 60`), () => Number(readPids(file)[0]) > 0);
      expect(result).toMatchObject({ code: "aborted" });
      expect(readPids(file).filter(isRunning)).toEqual([]);
    },
  );

  it.skipIf(!isLinux)("leaves nothing behind when it ends by itself (looks into /proc)", async () => {
    const file = join(directory, "left");
    const child = `echo $$ >> ${file}; exec sleep 60`;
    const tool = shell(
      `sh -c '${child}' & setsid sh -c '${child}' & while ! [ "$(wc -l < ${file})" = 2 ]; do sleep 0.01; done; echo done`,
    );
    await expect(run(tool)).resolves.toBe("done");
    expect(readPids(file)).toHaveLength(2);
    expect(readPids(file).filter(isRunning)).toEqual([]);
  });

  it("ends a program that floods although it ignores being told", async () => {
    const tool = shell("trap '' TERM PIPE; while :; do echo flood 2>&-; done", { maxStreamBytes: 1000, graceMs: 50 });
    await expect(run(tool)).rejects.toMatchObject({ code: "tool_output_limit_exceeded" });
  });
});

describe("the process that runs programs", () => {
  const program = fileURLToPath(new URL("run-and-exit.test.support.ts", import.meta.url));

  it("can end when they have", () => {
    const { status, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8", timeout: 15_000 });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '"{\\"a\\":1}"\n"stopped"\n' });
  });

  it.skipIf(!isLinux)("takes those with it that run when it ends (looks into /proc)", async () => {
    const file = join(directory, "host");
    const { status } = spawnSync(process.execPath, [program, "leave", file], { timeout: 15_000 });
    expect(status).toBe(0);
    await expect.poll(() => readPids(file).filter(isRunning)).toEqual([]);
  });
});

describe.skipIf(!hasPython)("a Python program (skipped where there is no python3)", () => {
  it("reads and writes JSON", async () => {
    const script = "import json,sys; a=json.load(sys.stdin); json.dump({'sum': sum(a['numbers'])}, sys.stdout)";
    await expect(run(python(script, { output: "json" }), { numbers: [1, 2, 3.5] })).resolves.toBe('{"sum":6.5}');
  });

  it.skipIf(!isLinux)("fails when it takes more memory than it may (Linux only)", async () => {
    const script = "b = bytearray(1 << 30); print(len(b))";
    const tool = python(script, { maxMemoryBytes: 256 * 1024 * 1024 });
    await expect(run(tool)).rejects.toThrow(/MemoryError/);
  });

  it("tells the model the error that it ended with", async () => {
    await expect(run(python("import sys; sys.exit('no such order: A-17')"))).rejects.toThrow(
      /exit code 1:\nno such order: A-17$/,
    );
  });
});
