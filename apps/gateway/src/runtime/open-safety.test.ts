import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineAgent, defineTool, isMessage, messageText, type ModelRequest, toSessionStream } from "@agentkit/core";
import { type ScriptedAnswer, scriptedModel } from "@agentkit/core/testing";
import { startEventStoreDBDouble } from "@agentkit/eventstoredb-double";
import {
  createInMemorySubjectKeys,
  createInMemoryVaultStore,
  recordOverride,
  type SafetyPolicyDefinition,
} from "@agentkit/safety";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import type { AgentKitConfig } from "../config/define-config.ts";
import { parseEnvironment, type Variables } from "../config/environment.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import { openRuntime, type OpenRuntimeOptions, type Runtime } from "./open-runtime.ts";

const mail = "ada@mail.example";
const token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36);

/** Says the newest text of its request again. */
function echo({ input }: ModelRequest): ScriptedAnswer {
  const last = input.findLast(isMessage);
  return { text: last === undefined ? "" : messageText(last) };
}

const definition: AgentKitConfig = {
  agents: [defineAgent({ name: "echo", model: "test" })],
  model: scriptedModel(echo),
};

async function configure(given: AgentKitConfig = {}, variables: Variables = {}): Promise<LoadedConfig> {
  const directory = await mkdtemp(join(tmpdir(), "agentkit-safety-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return {
    environment: parseEnvironment(variables, directory),
    path: join(directory, "agentkit.config.ts"),
    definition: { ...definition, ...given },
  };
}

async function open(config: LoadedConfig, options?: OpenRuntimeOptions): Promise<Runtime> {
  const runtime = await openRuntime(config, options);
  onTestFinished(async () => runtime.close());
  return runtime;
}

/** Every byte that is kept of a log, and beside it. */
async function readAll({ environment }: LoadedConfig): Promise<string> {
  const names = await readdir(environment.dataDirectory, { withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ name }) => join(environment.dataDirectory, name));
  return (await Promise.all(files.map(async (file) => readFile(file, "latin1")))).join("\n");
}

async function promptOf({ log }: Runtime, session: string): Promise<string> {
  for await (const { type, data } of log.readStream(toSessionStream(session))) {
    if (type === "PromptReceived") return JSON.stringify(data);
  }
  return "";
}

async function decisionsOf({ log }: Runtime, session: string): Promise<readonly unknown[]> {
  const decisions = [];
  for await (const { type, data } of log.readStream(toSessionStream(session))) {
    if (type === "ModerationDecided") decisions.push(data);
  }
  return decisions;
}

/** Lets through for an hour what the rule about cards is against. */
async function grantOverride({ log, safety }: Runtime, scope: string): Promise<string> {
  if (safety === undefined) throw new Error("There is no policy.");
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const wanted = { rule: "no-cards", reason: "ticket 12", scope, expires };
  return recordOverride(log, wanted, { actor: "person:ada", policy: safety.activePolicy });
}

describe("the safety of a runtime", () => {
  it("keeps personal data and secrets off the disk, and puts back for the user what the policy lets it", async () => {
    const config = await configure();
    const runtime = await open(config);
    const { session, run, text } = await runtime.kit.run({ input: `I am ${mail}, the token is ${token}` });
    expect(text).toMatch(new RegExp(`^I am ${mail}, the token is \\[\\[SECRET:GITHUB_`));
    expect(await promptOf(runtime, session)).toMatch(/I am \[\[PII:EMAIL:\w{12}\]\], the token is \[\[SECRET:/);
    await runtime.projector.catchUp();
    await runtime.close();
    const kept = await readAll(config);
    expect([kept.includes(mail), kept.includes(token), kept.includes("[[PII:EMAIL:")]).toEqual([false, false, true]);
    // Another process finds the value in the vault, by the keys that are kept.
    const later = await open(config, { access: "append" });
    expect((await later.kit.result(session, run)).text).toBe(text);
    expect(await later.kit.replay(session)).toMatchObject({ status: "identical" });
  });

  it("runs tools on what was redacted, and records the arguments without it", async () => {
    const sent: string[] = [];
    const send = defineTool({
      name: "send",
      description: "Sends a mail.",
      input: z.object({ to: z.email() }),
      sideEffects: "idempotent",
      run: ({ to }) => {
        sent.push(to);
        return `sent to ${to}`;
      },
    });
    const model = scriptedModel((request, index) => {
      return index === 0 ? { calls: [{ name: "send", arguments: { to: echoed(request) } }] } : { text: "Done." };
    });
    const config = await configure({ agents: [defineAgent({ name: "a", model: "test", tools: [send] })], model });
    const runtime = await open(config);
    expect(await runtime.kit.run({ input: mail })).toMatchObject({ outcome: "completed" });
    expect(sent).toEqual([mail]);
    await runtime.close();
    expect(await readAll(config)).not.toContain(mail);
  });

  it("makes its key once, for its owner alone, and the same placeholders by it in every process", async () => {
    const config = await configure();
    const scope = { session: "a1" };
    const first = (await open(config)).safety?.redactor.text(mail, scope);
    expect((await open(config)).safety?.redactor.text(mail, scope)).toBe(first);
    const path = join(config.environment.dataDirectory, "redaction.key");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const key = (await readFile(path, "utf8")).trim();
    const other = await open(await configure({}, { AGENTKIT_REDACTION_KEY: key }));
    expect(other.safety?.redactor.text(mail, scope)).toBe(first);
    const foreign = await open(await configure());
    expect(foreign.safety?.redactor.text(mail, scope)).not.toBe(first);
  });

  it("makes no key file where the environment has the key, and refuses a file that holds none", async () => {
    const given = await configure({}, { AGENTKIT_REDACTION_KEY: "ab".repeat(32) });
    await open(given);
    expect(await readdir(given.environment.dataDirectory)).not.toContain("redaction.key");
    const broken = await configure();
    await (await openRuntime(broken)).close();
    await writeFile(join(broken.environment.dataDirectory, "redaction.key"), "half a secret");
    await expect(openRuntime(broken)).rejects.toMatchObject({ code: "config_invalid" });
    await expect(openRuntime(broken)).rejects.not.toMatchObject({
      message: expect.stringContaining("half") as unknown,
    });
  });

  it("makes nothing for whoever only reads", async () => {
    const config = await configure({ safety: false });
    await (await openRuntime(config)).close();
    const reader = await open({ ...config, definition }, { access: "read" });
    expect(reader.safety?.activePolicy.id).toBe("agentkit-default");
    const files = await readdir(config.environment.dataDirectory);
    expect(files.filter((name) => /vault|key/.test(name))).toEqual([]);
  });

  it("says of a log that other machines work on that they do not have the key", async () => {
    const double = await startEventStoreDBDouble();
    onTestFinished(async () => double.close());
    const notices: string[] = [];
    const onNotice = (notice: string): void => void notices.push(notice);
    const variables = { EVENTSTOREDB_URL: double.connectionString };
    await open(await configure({}, variables), { onNotice });
    expect(notices).toEqual([expect.stringContaining("AGENTKIT_REDACTION_KEY is not set")]);
    await open(await configure({}, { ...variables, AGENTKIT_REDACTION_KEY: "ab".repeat(32) }), { onNotice });
    expect(notices).toHaveLength(1);
  });

  it("keeps values in the vault of the configuration, and then no files of its own", async () => {
    const vault = { store: createInMemoryVaultStore(), keys: createInMemorySubjectKeys() };
    const config = await configure({ safety: { vault } });
    const runtime = await open(config);
    expect(await runtime.kit.run({ input: mail })).toMatchObject({ text: mail });
    expect((await readdir(config.environment.dataDirectory)).filter((name) => name.includes("vault"))).toEqual([]);
  });

  it("records everything as it is where it is turned off", async () => {
    const runtime = await open(await configure({ safety: false }));
    const { session } = await runtime.kit.run({ input: mail });
    expect(runtime.safety).toBeUndefined();
    expect(await promptOf(runtime, session)).toContain(mail);
  });
});

describe("what a runtime knows to be secret", () => {
  const secret = "correct horse battery staple";
  const source = { get: async (name: string) => (name === "mail_password" ? secret : undefined) };

  it.each<[string, AgentKitConfig, Variables]>([
    ["a variable that is named like one", {}, { BILLING_TOKEN: secret }],
    ["a password in an address", {}, { EXTRA_URL: `amqp://ops:${encodeURIComponent(secret)}@queue` }],
    ["a list", { safety: { secrets: [secret] } }, {}],
    ["a secret source", { safety: { secrets: { source, names: ["mail_password", "none"] } } }, {}],
  ])("is redacted where it comes from %s", async (_title, given, variables) => {
    const runtime = await open(await configure(given, variables));
    const { session, text } = await runtime.kit.run({ input: `It is ${secret}, in base64 ${btoa(secret)}.` });
    expect(text).not.toContain("battery");
    expect(await promptOf(runtime, session)).toMatch(
      /It is \[\[SECRET:KNOWN_VALUE:\w+\]\], in base64 \[\[SECRET:KNOWN_VALUE:\w+\]\]/,
    );
  });

  it("holds its own keys, which an agent that reads files could find", async () => {
    const pay = defineTool({
      name: "pay",
      description: "Pays.",
      input: z.object({}),
      approval: "always",
      run: () => "",
    });
    const config = await configure({ agents: [defineAgent({ name: "payer", model: "test", tools: [pay] })] });
    const runtime = await open(config);
    for (const file of ["approval.key", "redaction.key"]) {
      const key = (await readFile(join(config.environment.dataDirectory, file), "utf8")).trim();
      expect(runtime.safety?.redactor.text(`cat: ${key}`, { session: "a1" })).toMatch(/^cat: \[\[SECRET:/);
    }
  });
});

describe("the policy of a runtime", () => {
  const rule = {
    id: "no-cards",
    detector: "pii",
    surfaces: ["user_input"],
    action: "block",
    onFailure: "closed",
  } as const;
  const policy: SafetyPolicyDefinition = { id: "shop", version: "7", rules: [rule] };
  const harm = {
    ...rule,
    id: "harm",
    detector: "moderation",
    action: "require_approval",
    bands: { violence: { review: 0.4, block: 0.8 } },
    timeoutMs: 1_000,
  } as const;
  const moderated: SafetyPolicyDefinition = { ...policy, rules: [harm] };

  it("is the one that the configuration holds, and its decisions name it", async () => {
    const runtime = await open(await configure({ safety: { policy } }));
    const result = await runtime.kit.run({ input: mail });
    expect(result).toMatchObject({ outcome: "incomplete", reason: { code: "content_filter" }, items: [] });
    expect(runtime.safety?.policy).toMatchObject({ id: "shop", version: "7" });
  });

  it.each([
    ["policy.json", JSON.stringify(policy)],
    ["policy.md", `# Safety\n\n\`\`\`yaml agentkit-policy\n${JSON.stringify(policy)}\n\`\`\`\n`],
  ])("is read from %s beside the configuration", async (name, text) => {
    const config = await configure({ safety: { policy: `./${name}` } });
    await writeFile(join(config.path ?? "", "..", name), text);
    expect((await open(config)).safety?.policy).toMatchObject({ id: "shop", version: "7" });
  });

  it("stops the start where it cannot work, with file, line and reason, and leaves the log closed", async () => {
    const config = await configure({ safety: { policy: "rules.yaml" } });
    const path = join(config.path ?? "", "..", "rules.yaml");
    await writeFile(
      path,
      'id: shop\nversion: "7"\nrules:\n  - id: a\n    detector: crystal-ball\n    surfaces: [append]\n',
    );
    await expect(openRuntime(config)).rejects.toMatchObject({
      code: "safety_policy_invalid",
      message: expect.stringMatching(/rules\.yaml: .*line \d+, rules\[0\]/) as unknown,
    });
    await rm(path);
    await expect(openRuntime(config)).rejects.toMatchObject({ code: "config_invalid" });
    const unknown = { ...policy, rules: [{ ...rule, detector: "crystal-ball" }] };
    await expect(openRuntime(await configure({ safety: { policy: unknown } }))).rejects.toMatchObject({
      code: "safety_policy_invalid",
      param: "rules[0].detector",
    });
  });

  it("may name detectors of the configuration, and let answers show images of its hosts", async () => {
    const cat = {
      id: "cats",
      version: "1",
      categories: ["cat"],
      detect: ({ original }: { readonly original: string }) => {
        const start = original.indexOf("cat");
        return start < 0 ? [] : [{ category: "cat", rule: "cat", start, end: start + 3, score: 1 }];
      },
    };
    const images = { ...rule, id: "images", detector: "exfiltration", surfaces: ["model_output"] } as const;
    const rules = [{ ...rule, detector: "cats" }, images];
    const safety = { policy: { ...policy, rules }, detectors: [cat], allowHosts: ["img.example"] };
    const { kit } = await open(await configure({ safety }));
    expect(await kit.run({ input: "a cat" })).toMatchObject({ outcome: "incomplete" });
    expect(await kit.run({ input: "![a](https://img.example/dog.png)" })).toMatchObject({ outcome: "completed" });
    expect(await kit.run({ input: "![a](https://other.example/dog.png)" })).toMatchObject({ outcome: "incomplete" });
  });

  it("lets through what a person has granted an override for, and says so", async () => {
    const runtime = await open(await configure({ safety: { policy } }));
    expect(await runtime.kit.run({ input: mail })).toMatchObject({ outcome: "incomplete" });
    const id = await grantOverride(runtime, "agent:echo");
    const { outcome, session } = await runtime.kit.run({ input: mail });
    expect(outcome).toBe("completed");
    expect(await decisionsOf(runtime, session)).toContainEqual(
      expect.objectContaining({ surface: "user_input", override: id }),
    );
  });

  it("holds what needs a person until one has let it go on, although the log has it redacted", async () => {
    const hold = { ...rule, action: "require_approval" } as const;
    const log = { ...rule, id: "log", surfaces: ["append"], action: "redact" } as const;
    const runtime = await open(await configure({ safety: { policy: { ...policy, rules: [hold, log] } } }));
    const { session, run, outcome } = await runtime.kit.run({ input: mail });
    expect(outcome).toBe("suspended");
    const recover = async () => (await runtime.kit.recover({ skipSuspended: true })).map(({ status }) => status);
    expect([await recover(), (await runtime.kit.resume(session)).outcome]).toEqual([["suspended"], "suspended"]);
    await grantOverride(runtime, `session:${session}`);
    expect([await recover(), (await runtime.kit.result(session, run)).outcome]).toEqual([["resumed"], "completed"]);
    expect(await runtime.kit.replay(session)).toMatchObject({ status: "identical" });
  });

  it("needs something that moderates where it has rules of moderation", async () => {
    await expect(openRuntime(await configure({ safety: { policy: moderated } }))).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("OPENAI_API_KEY") as unknown,
    });
    const withKey = await configure({ safety: { policy: moderated } }, { OPENAI_API_KEY: "sk-test" });
    expect((await open(withKey)).safety?.moderation).toBeDefined();
    const moderator = {
      moderate: async (texts: readonly string[]) =>
        texts.map((text) => ({ scores: { violence: text.includes("hit") ? 0.9 : 0 }, flagged: false, model: "m" })),
    };
    const { kit } = await open(await configure({ safety: { policy: moderated, moderator } }));
    expect(await kit.run({ input: "I hit him" })).toMatchObject({ outcome: "incomplete" });
    expect(await kit.run({ input: "I met him" })).toMatchObject({ outcome: "completed" });
  });
});

function echoed(request: ModelRequest): string {
  const answer = echo(request);
  return "text" in answer ? answer.text : "";
}
