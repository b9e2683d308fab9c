import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import { parseJson } from "../json/parse-json.ts";
import { defineAgent } from "./define-agent.ts";
import type { AgentDefinition } from "./define-agent.ts";
import { defineTool } from "./define-tool.ts";
import type { ToolDefinition } from "./define-tool.ts";
import { toolContext } from "../testing/tool-context.ts";
import { toCallDefinition } from "./call-definition.ts";

const context = toolContext();
const input = z.object({ city: z.string(), days: z.number().default(1) });

function weather(change: Partial<ToolDefinition<typeof input>> = {}) {
  return defineTool({ name: "weather", description: "Tells the weather.", input, run: ({ city }) => city, ...change });
}

describe("defineTool", () => {
  it("makes JSON Schema of the arguments as they are given, before defaults", () => {
    expect(weather().parameters).toEqual({
      type: "object",
      properties: { city: { type: "string" }, days: { type: "number", default: 1 } },
      required: ["city"],
    });
  });

  it("takes a tool for unsafe unless it says otherwise, and asks a person about what is unsafe", () => {
    expect(weather()).toMatchObject({ sideEffects: "unsafe", onUnknownOutcome: "ask", timeoutMs: 60_000 });
    expect(weather({ sideEffects: "none" })).toMatchObject({ onUnknownOutcome: "retry" });
    expect(weather({ sideEffects: "idempotent" })).toMatchObject({ onUnknownOutcome: "retry" });
    expect(weather({ sideEffects: "none", onUnknownOutcome: "fail" })).toMatchObject({ onUnknownOutcome: "fail" });
  });

  it("fills in what a retry and an approval leave out", () => {
    expect(weather({ sideEffects: "none", retry: { attempts: 3 } }).retry).toEqual({
      attempts: 3,
      delayMs: 500,
      maxDelayMs: 30_000,
    });
    expect(weather({ approval: "always" }).approval).toEqual({ when: "always", roles: [], validForMs: 86_400_000 });
    expect(weather()).not.toHaveProperty("approval");
  });

  it("asks for an approval by the accepted arguments and the principal", () => {
    const { approval } = weather({
      approval: {
        when: ({ days }, { roles }) => days > 7 && !roles.includes("planner"),
        roles: ["lead"],
        validForMs: 60_000,
      },
    });
    expect(approval).toMatchObject({ roles: ["lead"], validForMs: 60_000 });
    const when = approval?.when;
    const asks = (days: number, roles: readonly string[]) =>
      typeof when === "function" && when({ city: "Graz", days }, { roles });
    expect([asks(8, []), asks(8, ["planner"]), asks(1, [])]).toEqual([true, false, false]);
  });

  it("takes the description of the schema, and adds examples to it", () => {
    const described = { name: "t", input: input.describe("Tells the weather."), run: () => "" };
    expect(defineTool(described).description).toBe("Tells the weather.");
    const examples = [{ arguments: { city: "Graz" }, note: "for today" }, { arguments: { city: "Linz", days: 3 } }];
    expect(defineTool({ ...described, examples }).description).toBe(
      'Tells the weather.\nExamples of arguments:\n- {"city":"Graz"} (for today)\n- {"city":"Linz","days":3}',
    );
  });

  it("gives the model what the schema of the result makes of it, and fails when it does not fit", async () => {
    const output = z.object({ degrees: z.number(), unit: z.string().default("C") });
    const tool = (result: unknown) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a result that breaks its own schema
      defineTool({ name: "t", description: "", input, output, run: () => result as z.input<typeof output> });
    expect(tool({}).outputSchema).toMatchObject({ type: "object", required: ["degrees", "unit"] });
    expect(await tool({ degrees: 21, extra: 1 }).execute({ city: "Graz" }, context)).toBe('{"degrees":21,"unit":"C"}');
    const misfit = tool({ degrees: "warm" }).execute({ city: "Graz" }, context);
    await expect(misfit).rejects.toMatchObject({ code: "tool_result_invalid", retryable: false });
    await expect(misfit).rejects.toThrow(/^The tool 't' ran, .*degrees/s);
  });

  it("fails for good when the schema of the result throws or waits, and says so of the arguments", async () => {
    const waits = z.object({ a: z.number() }).refine(async () => Promise.resolve(true));
    const throws = z.object({ a: z.number().refine(() => parseJson("{") === 1) });
    for (const [schema, reason] of [[waits, /synchronous/] as const, [throws, /threw an error/] as const]) {
      const tool = defineTool({ name: "t", description: "", input: schema, output: schema, run: () => ({ a: 1 }) });
      const call = tool.execute({ a: 1 }, context);
      await expect(call).rejects.toMatchObject({ code: "tool_result_invalid", retryable: false });
      await expect(call).rejects.toThrow(reason);
      expect(tool.parse({ a: 1 })).toMatchObject({ ok: false });
      expect(JSON.stringify(tool.parse({ a: 1 }))).toMatch(reason);
    }
  });

  it("says that it ran when its result is nothing that JSON can carry", async () => {
    const call = weather({ run: () => ({ count: 1n }) }).execute({ city: "Graz" }, context);
    await expect(call).rejects.toMatchObject({ code: "tool_result_invalid" });
    await expect(call).rejects.toThrow("The tool 'weather' ran, but its result cannot be written as JSON.");
  });

  it("passes a suspension on as it is, whatever the schema of the result", async () => {
    const suspension = { type: "suspended", waitsFor: { type: "sub_run", session: "s" } } as const;
    const tool = defineTool({ name: "t", description: "", input, output: z.object({}), run: () => suspension });
    expect(await tool.execute({ city: "Graz" }, context)).toBe(suspension);
  });

  it("hands over what the schema made of the arguments", () => {
    expect(weather().parse({ city: "Graz" })).toEqual({ ok: true, value: { city: "Graz", days: 1 } });
    expect(weather().parse({ city: 1 })).toMatchObject({ ok: false });
    expect(JSON.stringify(weather().parse({ city: 1 }))).toMatch(/expected string.*city/);
  });

  it.each<[unknown, string]>([
    ["text", "text"],
    [{ wind: 3 }, '{"wind":3}'],
    [undefined, ""],
    [null, "null"],
    [42, "42"],
  ])("gives the model %o as %s", async (result, output) => {
    expect(await weather({ run: () => result }).execute({ city: "Graz" }, context)).toBe(output);
  });

  it("turns what is thrown at once into a rejection", async () => {
    const failing = weather({
      run: () => {
        throw new Error("no");
      },
    });
    await expect(failing.execute({ city: "Graz" }, context)).rejects.toThrow("no");
  });

  it.each<[string, () => unknown]>([
    ["a name with a space", () => weather({ name: "the weather" })],
    ["an endless name", () => weather({ name: "w".repeat(65) })],
    ["no time", () => weather({ timeoutMs: 0 })],
    ["reconcile without a function", () => weather({ onUnknownOutcome: "reconcile" })],
    [
      "arguments that are no object",
      () => defineTool({ name: "t", description: "", input: z.string(), run: () => "" }),
    ],
    ["a schema without JSON Schema", () => defineTool({ name: "t", description: "", input: z.date(), run: () => "" })],
    ["no attempts", () => weather({ retry: { attempts: 0 } })],
    ["retries of what must not be repeated", () => weather({ retry: { attempts: 2 } })],
    ["an empty list of roles", () => weather({ roles: [] })],
    ["a tag without a name", () => weather({ tags: [""] })],
    ["an approval that is over before it is asked for", () => weather({ approval: { when: "always", validForMs: 0 } })],
    ["no room for the output", () => weather({ maxOutputBytes: Number.NaN })],
  ])("refuses %s", (_name, define) => {
    expect(define).toThrow(AgentKitError);
    expect(define).toThrow(/^Tool '.*' cannot be defined: /);
  });
});

describe("defineAgent", () => {
  const base: AgentDefinition = { name: "clerk", model: "m", instructions: "Be kind.", tools: [weather()] };

  it("fills in the limits and the window", () => {
    expect(defineAgent({ ...base, limits: { modelCalls: 3 } })).toMatchObject({
      limits: { modelCalls: 3, durationMs: 600_000, modelRetries: 2, retryDelayMs: 500 },
      window: { name: "recent-turns(24,16000)" },
      settings: {},
    });
  });

  it("has a version that changes with what the model is told, and with nothing else", () => {
    const { version } = defineAgent(base);
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(defineAgent({ ...base, description: "Of the office", limits: { modelCalls: 3 } }).version).toBe(version);
    const changes: readonly Partial<AgentDefinition>[] = [
      { model: "n" },
      { instructions: "Be curt." },
      { tools: [] },
      { tools: [weather({ description: "Guesses the weather." })] },
      { settings: { temperature: 0 } },
    ];
    const versions = changes.map((change) => defineAgent({ ...base, ...change }).version);
    expect(new Set([version, ...versions]).size).toBe(changes.length + 1);
  });

  it.each<[string, Partial<AgentDefinition>]>([
    ["an empty name", { name: "" }],
    ["a name with a space", { name: "the clerk" }],
    ["an empty model", { model: "" }],
    ["two tools of one name", { tools: [weather(), weather()] }],
    ["a negative limit", { limits: { modelCalls: -1 } }],
    ["a limit that is no number", { limits: { durationMs: Number.NaN } }],
  ])("refuses %s", (_name, change) => {
    expect(() => defineAgent({ ...base, ...change })).toThrow(/^Agent '.*' cannot be defined: /);
  });
});

describe("toCallDefinition", () => {
  const agent = defineAgent({ name: "clerk", model: "m", instructions: "Be kind.", tools: [weather()] });
  const theirs = { type: "function", name: "theirs", parameters: null, strict: null } as const;

  it("adds the caller's instructions to the agent's, or to those that a fork put in their place", () => {
    expect(toCallDefinition(agent, { addInstructions: "Be brief." }).instructions).toBe("Be kind.\n\nBe brief.");
    expect(toCallDefinition(agent, { replaceInstructions: "Be curt.", addInstructions: "Now." }).instructions).toBe(
      "Be curt.\n\nNow.",
    );
    expect(toCallDefinition(agent, { replaceInstructions: "" }).instructions).toBeUndefined();
  });

  it("adds the caller's functions, and keeps its own of the same name", () => {
    const tools = toCallDefinition(agent, { clientTools: [theirs, { ...theirs, name: "weather" }] }).tools;
    expect(tools.map(({ name, description }) => [name, description])).toEqual([
      ["weather", "Tells the weather."],
      ["theirs", undefined],
    ]);
  });
});

describe("AgentKitError", () => {
  it("is recognised when another copy of the package made it", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("agentkit.error")]: true });
    const values = [foreign, new AgentKitError("internal", "x"), new Error("x"), null, "x"];
    expect(values.map((value) => AgentKitError.is(value))).toEqual([true, true, false, false, false]);
  });

  it("keeps its cause and says nothing of retries unless it is told", () => {
    const cause = new Error("why");
    const error = new AgentKitError("internal", "What.", { cause });
    expect(error).toMatchObject({ cause, retryable: false, retryAfterMs: undefined, param: undefined });
    expect(Object.keys(error)).not.toContain("cause");
    expect("cause" in new AgentKitError("internal", "What.")).toBe(false);
  });
});
