import { expect, it } from "vitest";
import { z } from "zod";
import { defineAgent } from "../agent/define-agent.ts";
import { defineTool } from "../agent/define-tool.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { JsonValue } from "../json/json.ts";
import { contentHash } from "../json/content-hash.ts";
import { readEvents, testKit } from "../kit/session-harness.test.support.ts";
import { scriptedModel } from "../testing/scripted-model.ts";
import type { AccessPolicy } from "./access-policy.ts";

const lower = z.string().transform((text) => text.trim().toLowerCase());

class Money {
  readonly cents = 100;
}

/** Runs one call of a tool under a policy that denies what a test finds in the arguments; tells what it was asked about. */
async function call(given: object, input: z.ZodType, denies: (text: string) => boolean) {
  const asked: JsonValue[] = [];
  const ran: unknown[] = [];
  const access: AccessPolicy = {
    id: "shop",
    version: "1",
    hash: contentHash("shop"),
    decide: ({ arguments: value }) => {
      if (value !== undefined) asked.push(value);
      const denied = value !== undefined && denies(JSON.stringify(value));
      return denied ? { effect: "deny", rule: "no-eve" } : { effect: "allow", rule: "all" };
    },
  };
  const run = (value: unknown): string => {
    ran.push(value);
    return "Done.";
  };
  const tools = [defineTool({ name: "pay", description: "Pays.", input, sideEffects: "none", run })];
  const agents = [defineAgent({ name: "shop", model: "scripted", tools })];
  const log = createInMemoryEventLog();
  const answer = { calls: [{ name: "pay", arguments: JSON.stringify(given) }] };
  const kit = testKit({ log, agents, access, model: scriptedModel([answer, { text: "Ok." }]) });
  await kit.run({ agent: "shop", session: "s", input: "Pay." });
  const events = await readEvents(log, "s");
  const live = [...asked];
  expect(await kit.replay("s")).toMatchObject({ status: "identical" });
  return { events, ran, asked: live };
}

it("denies a call whose arguments a rule denies once the tool's schema has normalised them", async () => {
  const { events, ran } = await call({ customer: " EVE" }, z.object({ customer: lower }), (text) =>
    text.includes('"eve"'),
  );
  expect(ran).toEqual([]);
  expect(events.find(({ type }) => type === "ToolCallDenied")?.data).toMatchObject({ code: "access_denied" });
  const decisions = events.flatMap((event) => (event.type === "AccessDecided" ? event.data.decisions : []));
  expect(decisions.at(-1)).toMatchObject({ effect: "deny", rule: "no-eve" });
});

it("denies a call whose arguments a rule denies as they were written, and does not tell what its schema takes", async () => {
  const input = z.object({ customer: lower, secretField: z.string() });
  const { events, ran } = await call({ customer: " EVE" }, input, (text) => text.includes('" EVE"'));
  expect(ran).toEqual([]);
  expect(JSON.stringify(events.find(({ type }) => type === "ToolCallDenied"))).not.toContain("secretField");
});

it("judges what is no JSON as it was written, and the rest as it was accepted", async () => {
  const input = z.object({
    customer: lower,
    on: z.string().transform((text) => new Date(text)),
    prices: z.array(z.number().transform(() => new Money())),
    note: z.string().optional(),
  });
  const given = { customer: " EVE", on: "2026-01-01", prices: [1, 2], unknown: "\ud800" };
  const { asked, ran } = await call(given, input, () => false);
  expect(asked).toEqual([given, { customer: "eve", on: "2026-01-01", prices: [1, 2] }]);
  expect(ran).toHaveLength(1);
});
