import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { containing, emptyDirectory, matching, type Place } from "./agentkit.test.support.ts";
import { startDriver } from "./cashier.test.support.ts";
import { house, policyText, rule } from "./house.test.support.ts";

// Some write to logs on disk, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

const driver = startDriver();
afterAll(() => driver.stop());

/** Such a place with a log, and another policy in `next.yaml`. */
async function recordedHouse(): Promise<Place> {
  const place = await house();
  for (const words of ["an odd question", "something forbidden", "something private", "hello"]) {
    await driver.run(place, "run", words);
  }
  await writeFile(join(place.directory, "next.yaml"), policyText(rule("odd", "block")).replace("house", "next"));
  return place;
}

async function json(place: Place, ...words: readonly string[]): Promise<unknown> {
  return JSON.parse((await driver.run(place, ...words, "--json")).stdout);
}

describe("agentkit safety", () => {
  it("shows the policy in force, without a log", async () => {
    const place = { directory: await emptyDirectory() };
    const { code, stdout } = await driver.run(place, "safety");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^agentkit-default {2}version 1\nhash {7}sha256:[0-9a-f]{64}\nuntrusted {2}require_approval\n/,
    );
    expect(stdout).toMatch(/\nsecrets-leaving +secrets +block +closed +outgoing_http\n/);
    expect(await json(place, "safety")).toMatchObject({
      policy: { id: "agentkit-default", restore: [{ answer: true }] },
    });

    await writeFile(join(place.directory, "agentkit.config.mjs"), "export default { safety: false };");
    expect((await driver.run(place, "safety")).stdout).toContain("no policy is in force");
    expect(await json(place, "safety")).toEqual({ policy: null });
  });

  it("shows the policy of the configuration", async () => {
    expect(await json(await house(), "safety")).toMatchObject({
      policy: { id: "house", untrusted: "allow", rules: [{ id: "no-forbidden", mode: "enforce" }, {}, {}] },
    });
  });
});

describe("agentkit safety check", () => {
  it.each([
    ["good.yaml", policyText(rule("odd", "flag"))],
    ["good.json", JSON.stringify({ id: "house", version: "1", rules: [] })],
    ["good.md", `# Ours\n\n\`\`\`yaml agentkit-policy\n${policyText(rule("odd", "flag"))}\`\`\`\n`],
    ["good.ts", `const id: string = "house";\nexport default { id, version: "1", rules: [] };`],
    [
      "defined.ts",
      'import { defineSafetyPolicy } from "@agentkit/safety";\nexport default defineSafetyPolicy({ id: "house", version: "1", rules: [] }, { detectors: [] });',
    ],
  ])("shows what %s says", async (name, text) => {
    const place = await house();
    await writeFile(join(place.directory, name), text);
    const shown = await driver.run(place, "safety", "check", name);
    expect(shown).toMatchObject({ code: 0, stdout: matching(/^house {2}version 1\nhash {7}sha256:/), stderr: "" });
    expect(await json(place, "safety", "check", name)).toMatchObject({ valid: true, policy: { id: "house" } });
  });

  it.each([
    [
      "bad.yaml",
      policyText(rule("odd", "flag"), rule("even", "flag")),
      /line 5, rules\[1\]\.categories\[0\].*word\.even/,
    ],
    ["bad.yaml", policyText(rule("odd", "flag").replace("closed", "shut")), /line 4, rules\[0\]\.onFailure/],
    ["bad.json", "{", /line 1.*no YAML/],
    ["bad.md", "# Ours\n\n```yaml\n```\n", /no block that begins with/],
    ["bad.ts", "export default { id: 1 };", /id: Invalid input/],
  ])("says of %s what is wrong with it, and where", async (name, text, message) => {
    const place = await house();
    await writeFile(join(place.directory, name), text);
    const shown = await driver.run(place, "safety", "check", name);
    expect(shown).toMatchObject({ code: 1, stdout: matching(/^not valid {2}.*\n$/), stderr: "" });
    expect(shown.stdout).toMatch(message);
    expect(await json(place, "safety", "check", name)).toMatchObject({
      valid: false,
      error: { code: "safety_policy_invalid", message: matching(message) },
    });
  });

  it("says of a policy without rules that nothing is looked at", async () => {
    const place = await house();
    await writeFile(join(place.directory, "none.json"), JSON.stringify({ id: "house", version: "1", rules: [] }));
    const { code, stdout } = await driver.run(place, "safety", "check", "none.json");
    expect({ code, stdout }).toEqual({ code: 0, stdout: containing("It has no rules: nothing is looked at.") });
    expect((await driver.run(place, "safety", "check", "policy.yaml")).stdout).not.toContain("looked at");
  });

  it.each([
    [["nowhere.yaml"], "error config_invalid: The safety policy"],
    [["nowhere.ts"], "error config_invalid: "],
    [[], "error usage_invalid: missing required argument 'policy'"],
  ])("cannot check %j", async (words, message) => {
    const refused = await driver.run(await house(), "safety", "check", ...words);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: containing(message) });
  });
});

describe("agentkit safety eval", () => {
  const set = [
    '{"text":"Write to ada@example.com","label":1,"category":"pii.email"}',
    '{"text":"Write to nobody","label":0,"category":"pii.email"}',
  ].join("\n");

  it("measures each detector on the sets of a directory", async () => {
    const place = await house();
    await writeFile(join(place.directory, "mails.jsonl"), set);
    await writeFile(join(place.directory, "plain.json"), '["nothing odd", "nothing"]');
    await writeFile(join(place.directory, "notes.txt"), "no set");
    const { code, stdout, stderr } = await driver.run(place, "safety", "eval", ".");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\nmails\.jsonl +2 +pii\.email\nplain\.json +2 +injection, pii, secret\n/);
    expect(stdout).toMatch(/\npii@1 +all +1 +1 +0 +1\.000 +1\.000 +1\.000 +0\.000\n/);
    expect(stdout).toMatch(/\n +pii\.email +1 +1 +0 +1\.000 +1\.000 +1\.000 +0\.000\n/);
    expect(stdout).toMatch(/\nsecrets +mails\.jsonl +- +- +not looked for; found in 0 of 2 texts\n/);
    expect(stdout).toMatch(/\ncustom:words +all +- +- +not looked for; found in 1 of 4 texts\n/);
    expect(stdout).toMatch(/\nDETECTOR +TEXTS +MEDIAN MS +P95 MS +MAX MS +MS PER KB\n/);
  });

  it("measures chosen detectors from a threshold on, for a category of texts that name none", async () => {
    const place = await house();
    await writeFile(
      join(place.directory, "any.jsonl"),
      '{"text":"an odd word","label":1}\n{"text":"a word","label":0}',
    );
    const words = [
      "safety",
      "eval",
      "any.jsonl",
      "--category",
      "word.odd",
      "--detector",
      "custom:words",
      "--threshold",
      "1",
    ];
    expect(await json(place, ...words)).toMatchObject({
      threshold: 1,
      sets: [{ name: "any.jsonl", texts: 2, categories: ["word.odd"] }],
      detectors: [{ detector: "custom:words", overall: { recall: 1, falsePositiveRate: 0 }, latency: { texts: 2 } }],
    });
    await writeFile(join(place.directory, "texts.json"), '["a word"]');
    expect(await json(place, "safety", "eval", "texts.json", "--harmless")).toMatchObject({
      sets: [{ texts: 1, categories: ["injection", "pii", "secret"] }],
    });
    const none = await driver.run(place, "safety", "eval", "any.jsonl", "--category", "other");
    expect(none).toMatchObject({ code: 0, stdout: containing("In none of the sets") });
  });

  it.each([
    [["bad.jsonl"], /^error input_invalid: bad\.jsonl, line 2 has no 'spans'/],
    [["nowhere.jsonl"], /^error input_invalid: 'nowhere\.jsonl' cannot be read \(ENOENT\)/],
    [["empty.jsonl"], /^error input_invalid: empty\.jsonl has no texts/],
    [["none"], /^error input_invalid: 'none' cannot be read/],
    [["good.jsonl", "--detector", "nobody"], /^error input_invalid: No detector is named 'nobody'; there are shape, /],
    [["good.jsonl", "--threshold", "2"], /^error input_invalid: --threshold takes a score from 0 to 1/],
    [[], /^error usage_invalid: missing required argument 'sets'/],
  ])("refuses %j", async (words, message) => {
    const place = await house();
    await writeFile(join(place.directory, "good.jsonl"), set);
    await writeFile(join(place.directory, "bad.jsonl"), `${set.split("\n")[0]}\n{"text":"a secret"}`);
    await writeFile(join(place.directory, "empty.jsonl"), '{"labelled":["pii"]}\n');
    const refused = await driver.run(place, "safety", "eval", ...words);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: matching(message) });
    expect(refused.stderr).not.toContain("a secret");
  });
});

describe("agentkit safety backtest", () => {
  it("reports what a policy would newly block and let through, with examples that show no finding", async () => {
    const place = await recordedHouse();
    const before = await driver.run(place, "sessions", "--json");
    const { code, stdout, stderr } = await driver.run(place, "safety", "backtest", "--policy", "next.yaml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^policy {4}next version 1 \(sha256:\w{12}\)\nbaseline {2}house version 1 /);
    expect(stdout).toMatch(/\nuser_input +3 +1 +1 \(25\.0%\) +- +- +- +2 \(50\.0%\) +-\n/);
    expect(stdout).toMatch(/\nno-odd +user_input +0 +1 +1 \(25\.0%\)/);
    expect(stdout).toMatch(
      /\nnewly blocked {2}user_input · no-odd · session \w{24}, revision \d+\n {2}an ‹word\.odd› question\n/,
    );
    expect(stdout).toMatch(
      /\nnewly let through {2}user_input · no-forbidden · session .*\n {2}its text is not in the log/,
    );
    expect(stdout).not.toMatch(/an odd|forbidden\b(?!\s+user_input| ·)/);
    expect((await driver.run(place, "sessions", "--json")).stdout).toBe(before.stdout);
  });

  it("takes another baseline, a time to begin at and a number of examples", async () => {
    const place = await recordedHouse();
    const words = ["safety", "backtest", "--policy", "next.yaml"];
    expect(
      await json(place, ...words, "--baseline", "next.yaml", "--limit-examples", "0", "--since", "2d"),
    ).toMatchObject({
      baseline: { id: "next" },
      surfaces: [{ surface: "user_input", newly: { blocked: 0, letThrough: 2 } }, {}, {}],
      examples: [],
    });
    expect(await json(place, ...words, "--since", "2999-01-01")).toMatchObject({ events: 0, surfaces: [] });
    const nothing = await driver.run(place, ...words, "--since", "2999-01-01");
    expect(nothing.stdout).toContain("The log holds nothing that a rule could be tried on.");
  });

  it.each([
    [[], 2, "error usage_invalid: required option '--policy <file>' not specified"],
    [["--policy", "bad.yaml"], 2, "error safety_policy_invalid: "],
    [["--policy", "policy.yaml", "--since", "yesterday"], 2, "error input_invalid: --since takes a duration"],
    [
      ["--policy", "policy.yaml", "--limit-examples", "many"],
      2,
      "error input_invalid: --limit-examples takes a number",
    ],
    [["--policy", "policy.yaml"], 4, "error log_unavailable: "],
  ])("refuses %j", async (words, code, message) => {
    const place = await house();
    await writeFile(join(place.directory, "bad.yaml"), "id: 1");
    if (code !== 4) await driver.run(place, "run", "hello");
    expect(await driver.run(place, "safety", "backtest", ...words)).toMatchObject({
      code,
      stdout: "",
      stderr: containing(message),
    });
  });
});
