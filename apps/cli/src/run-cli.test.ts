import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { loadConfig, openRuntime } from "@agentkit/gateway";
import { describe, expect, it, vi } from "vitest";
import {
  agentkit,
  agentkitJson,
  containing,
  emptyDirectory,
  eventTypes,
  matching,
  onlySession,
  runPrompt,
  start,
} from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

/** Makes a log without starting a process for it. */
async function createSessions(directory: string, count: number): Promise<readonly string[]> {
  const runtime = await openRuntime(await loadConfig({ directory, variables: {} }));
  const sessions: string[] = [];
  while (sessions.length < count) sessions.push((await runtime.kit.createSession()).session);
  await runtime.close();
  return sessions;
}

describe("agentkit", () => {
  it("runs a turn offline, labelled as a demo, and shows it in every view", async () => {
    const place = { directory: await emptyDirectory() };
    const run = await agentkit(place, "run", "What is 6 * 7?");
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/DEMO[\s\S]*→ calculate[\s\S]*← 42\n6 \* 7 = 42\. \[offline demo model/);

    const session = await onlySession(place);
    const sessions = await agentkit(place, "sessions");
    expect(sessions.stdout).toContain("DEMO");
    expect(sessions.stdout).toMatch(new RegExp(`^${session} +completed +assistant +1 +.* What is 6 \\* 7\\?$`, "m"));

    const events = await agentkit(place, "events", session.slice(0, 8));
    expect(events.stdout).toMatch(/ 3 {2}.* PromptReceived +What is 6 \* 7\?/);
    expect(events.stdout).toMatch(/ModelCallCompleted +agentkit-demo answered/);
    const full = await agentkit(place, "events", session, "--full");
    expect(full.stdout).toMatch(/ToolCallSucceeded\n +\{\n +"callId": "call_\w+",\n +"output": "42"\n +\}\n/);

    const replay = await agentkit(place, "replay", session);
    expect(replay).toMatchObject({ code: 0 });
    expect(replay.stdout).toMatch(/^identical .* 1 turn, 2 model calls, \d+ events read, \d+ decisions compared$/m);
  });

  it("says how to go on in a new terminal: called the same way, on the same log", async () => {
    const directory = await emptyDirectory();
    const command = { AGENTKIT_COMMAND: "npm run -s agentkit --" };
    const usual = await agentkit({ directory, variables: command }, "run", "hello");
    expect(usual.stderr).toMatch(/^Go on with: npm run -s agentkit -- run --session [0-9a-f]{24} "<text>"$/m);
    const variables = { ...command, AGENTKIT_DATA_DIR: "some data" };
    const other = await agentkit({ directory, variables }, "run", "hello");
    expect(other.stderr).toMatch(/ "<text>" --data-dir 'some data'$/m);
    const elsewhere = await emptyDirectory();
    const far = await agentkit({ directory, variables }, "run", "hello", "--data-dir", `${elsewhere}/near/../far`);
    expect(far.stderr).toContain(` "<text>" --data-dir ${join(elsewhere, "far")}`);
    const help = await agentkit({ directory }, "resume", "--help");
    expect(help.stdout).not.toContain("default: []");
  });

  it("goes on with a session, named by the beginning of its id", async () => {
    const place = { directory: await emptyDirectory() };
    const session = await runPrompt(place, "My name is Ada");
    const again = await agentkitJson(place, "run", "What is my name?", "--session", session.slice(0, 6));
    expect(again).toMatchObject({ session, outcome: "completed", text: containing("Your name is Ada.") });
  });

  it("answers programs in JSON, events one a line", async () => {
    const place = { directory: await emptyDirectory() };
    const session = await runPrompt(place, "hello");
    expect(await agentkitJson(place, "sessions")).toMatchObject({
      demo: true,
      sessions: [{ session, status: "completed", turns: 1, title: "hello" }],
    });
    expect(await eventTypes(place, session)).toEqual([
      "SessionStarted",
      "RunStarted",
      "ModerationDecided",
      "PromptReceived",
      "ContextAssembled",
      "ModelCallStarted",
      "ModelCallCompleted",
      "ModerationDecided",
      "RunCompleted",
    ]);
    expect(await agentkitJson(place, "replay", session)).toMatchObject({ status: "identical", runs: 1 });
  });

  it("keeps control characters of a log off the terminal, and colours off what is no terminal", async () => {
    const place = { directory: await emptyDirectory() };
    const session = await runPrompt(place, "\u001b[2Jhello\u0007\nthere");
    const { stdout } = await agentkit(place, "events", session);
    expect(stdout).toContain("PromptReceived          hello ⏎ there\n");
    // oxlint-disable-next-line eslint/no-control-regex -- the character that must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("follows a session's events until it is told to stop", async () => {
    const place = { directory: await emptyDirectory() };
    const session = await runPrompt(place, "hello");
    const following = start(place, "events", session, "--follow");
    await following.printed(/RunCompleted/);
    await runPrompt(place, "What did I say?", "--session", session);
    await following.printed(/RunCompleted[\s\S]*RunCompleted/);
    following.child.kill("SIGINT");
    expect(await following.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("agentkit refuses", () => {
  it.each([
    {
      title: "a command there is not",
      words: ["bogus"],
      code: 2,
      message: "error usage_invalid: unknown command 'bogus'",
    },
    { title: "no command", words: [], code: 2, message: "error usage_invalid: Name a command." },
    {
      title: "an option there is not",
      words: ["sessions", "--bogus"],
      code: 2,
      message: "error usage_invalid: unknown option '--bogus'",
    },
    {
      title: "a missing argument",
      words: ["replay"],
      code: 2,
      message: "error usage_invalid: missing required argument 'session'",
    },
    {
      title: "a session there is not",
      words: ["replay", "nope"],
      code: 3,
      message: "error session_not_found: The log has no session 'nope'.",
    },
    {
      title: "an agent there is not",
      words: ["run", "hi", "--agent", "nobody"],
      code: 3,
      message: "error agent_not_found: No agent named 'nobody'",
    },
    {
      title: "a revision that is no number",
      words: ["fork", "x", "--at", "one"],
      code: 2,
      message: "error input_invalid: --at takes a revision",
    },
    {
      title: "a decision without a session",
      words: ["resume", "--retry", "call_1"],
      code: 2,
      message: "error input_invalid: A decision needs",
    },
    {
      title: "a port there is not, by the name of its option",
      words: ["serve", "--port", "99999"],
      code: 2,
      message:
        'error config_invalid: The settings are not right: --port must be a whole number from 0 to 65535 (it is "99999").',
    },
    {
      title: "a model there is not",
      words: ["fork", "SESSION", "--model", "nope"],
      code: 3,
      message: "error model_not_found: No agent asks for a model 'nope'",
    },
    {
      title: "a decision without a text",
      words: ["resume", "x", "--failed", "call_1"],
      code: 2,
      message: "error input_invalid: --failed takes",
    },
  ])("$title", async ({ words, code, message }) => {
    const place = { directory: await emptyDirectory() };
    const [session = ""] = await createSessions(place.directory, 1);
    const result = await agentkit(place, ...words.map((word) => (word === "SESSION" ? session : word)));
    expect(result).toMatchObject({ code });
    expect(result.stderr.trim().split("\n").at(-1)).toContain(message);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });

  it("a beginning that several sessions share", async () => {
    const place = { directory: await emptyDirectory() };
    // Of 17 ids two begin with the same of sixteen digits.
    const ids = await createSessions(place.directory, 17);
    const digits = ids.map((id) => id[0] ?? "");
    const shared = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? "";
    const result = await agentkit(place, "replay", shared);
    expect(result).toMatchObject({ code: 2 });
    expect(result.stderr).toMatch(/^error input_invalid: '.' is the beginning of \d+ sessions: /);
  });

  it("a broken environment, naming every fault and no secret", async () => {
    const variables = { PORT: "abc", OPENAI_API_KEY: "sk top secret", OPENAI_BASE_URL: "ftp://user:word@host" };
    const result = await agentkit({ directory: await emptyDirectory(), variables }, "sessions", "--json");
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(JSON.parse(result.stderr)).toMatchObject({
      error: { code: "config_invalid", message: matching(/PORT.*OPENAI_API_KEY.*OPENAI_BASE_URL/) },
    });
    expect(result.stderr).not.toMatch(/secret|word/);
  });

  it.each([
    "sessions",
    "events x",
    "replay x",
    "routing x",
    "resume",
    "approvals",
    "approvals approve x --as eve",
    "fork x",
    "diff x y",
  ])("%s where there is no log, and makes nothing", async (line) => {
    const directory = await emptyDirectory();
    const result = await agentkit({ directory }, ...line.split(" "));
    expect(result).toMatchObject({ code: 4 });
    expect(result.stderr).toContain("error log_unavailable: There is no log at");
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    [
      "a damaged log",
      "this is no database, and long enough for one to have a header of its own".repeat(20),
      "log_format_unsupported",
    ],
    ["an emptied log", "", "log_unavailable"],
  ])("%s", async (_title, bytes, code) => {
    const directory = await emptyDirectory();
    await mkdir(join(directory, ".agentkit"));
    await writeFile(join(directory, ".agentkit", "log.sqlite"), bytes);
    const result = await agentkit({ directory }, "sessions");
    expect(result).toMatchObject({ code: 4 });
    expect(result.stderr).toMatch(new RegExp(`^error ${code}: .*log\\.sqlite`));
  });

  it("a log of a newer format", async () => {
    const place = { directory: await emptyDirectory() };
    await runPrompt(place, "hello");
    const database = new DatabaseSync(join(place.directory, ".agentkit", "log.sqlite"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    const result = await agentkit(place, "run", "hello");
    expect(result).toMatchObject({ code: 4 });
    expect(result.stderr).toMatch(/^error log_format_unsupported: .*99/);
  });

  it("a data directory that cannot be made", async () => {
    const directory = await emptyDirectory();
    await writeFile(join(directory, "file"), "");
    const result = await agentkit({ directory }, "run", "hello", "--data-dir", "file/below");
    expect(result).toMatchObject({ code: 4 });
    expect(result.stderr).toMatch(/^error log_\w+: /);
  });

  // The superuser may write everywhere.
  it.skipIf(process.getuid?.() === 0)("to write in a read-only directory, and reads there", async () => {
    const place = { directory: await emptyDirectory() };
    const session = await runPrompt(place, "hello");
    const data = join(place.directory, ".agentkit");
    for (const file of await readdir(data)) await chmod(join(data, file), 0o444);
    await chmod(data, 0o555);
    expect(await agentkit(place, "run", "hello")).toMatchObject({
      code: 4,
      stderr: matching(/^error log_read_only/),
    });
    expect(await agentkit(place, "replay", session)).toMatchObject({ code: 0 });
    await chmod(data, 0o755);
  });

  it("a configuration that does not load", async () => {
    const directory = await emptyDirectory();
    const missing = await agentkit({ directory, variables: { AGENTKIT_CONFIG: "gone.ts" } }, "run", "hello");
    expect(missing).toMatchObject({ code: 2, stderr: containing("gone.ts") });
    await writeFile(join(directory, "agentkit.config.mjs"), "export default { agent: [] };");
    const unknown = await agentkit({ directory }, "run", "hello");
    expect(unknown).toMatchObject({ code: 2, stderr: matching(/config_invalid[\s\S]*"agent"/) });
    expect(existsSync(join(directory, ".agentkit"))).toBe(false);
  });
});
