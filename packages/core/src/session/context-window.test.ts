import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../json/canonical-json.ts";
import { contentHash } from "../json/content-hash.ts";
import type { Item } from "../model/items.ts";
import type { ModelRequest } from "../model/model.ts";
import { AppendOnlyList } from "./append-only-list.ts";
import { completeItems, outputsForEarlierCalls } from "./complete-items.ts";
import { allTurns, recentTurns } from "./context-window.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { chooseContext, itemsWithin, requestHash } from "./model-request.ts";
import { beginRun } from "./evolve-run.ts";
import { initialState } from "./session-state.ts";
import { noUsage } from "./spent.ts";
import type { Turn } from "./session-state.ts";

/** A message of exactly so many estimated tokens. */
function message(tokens: number): Item {
  return { type: "", content: "x".repeat((tokens - 4) * 4) };
}

function turn(tokens: number, continues: boolean = false): Turn {
  return {
    run: "r",
    agent: "a",
    status: "completed",
    from: 0,
    to: 0,
    items: AppendOnlyList.of([message(tokens)]),
    continues,
    usage: noUsage,
  };
}

function firstOf(
  window: { firstTurn(turns: AppendOnlyList<Turn>, current: Turn): number },
  turns: readonly Turn[],
  current: Turn,
): number {
  return window.firstTurn(AppendOnlyList.of(turns), current);
}

describe("estimateTokens", () => {
  it("counts four characters of any text in an item as a token, and four for the item", () => {
    expect(estimateTokens({ type: "" })).toBe(4);
    expect(estimateTokens({ type: "x" })).toBe(5);
    expect(estimateTokens(message(100))).toBe(100);
    expect(estimateTokens({ type: "x", content: [{ text: "1234" }, { text: "567", n: 5, none: null }] })).toBe(6);
  });
});

describe("recentTurns", () => {
  const ten = Array.from({ length: 10 }, () => turn(10));

  it("names its limits", () => {
    expect(recentTurns().name).toBe("recent-turns(24,16000)");
    expect(recentTurns({ maxTurns: 3, maxTokens: 50 }).name).toBe("recent-turns(3,50)");
  });

  it("carries as many turns as the number allows", () => {
    expect(firstOf(recentTurns({ maxTurns: 3 }), ten, turn(10))).toBe(7);
    expect(firstOf(recentTurns({ maxTurns: 0 }), ten, turn(10))).toBe(10);
    expect(firstOf(recentTurns({ maxTurns: 10 }), ten, turn(10))).toBe(0);
  });

  it("carries as many turns as the tokens allow, to the token, the current turn included", () => {
    expect(firstOf(recentTurns({ maxTokens: 40 }), ten, turn(10))).toBe(7);
    expect(firstOf(recentTurns({ maxTokens: 39 }), ten, turn(10))).toBe(8);
    expect(firstOf(recentTurns({ maxTokens: 0 }), ten, turn(10))).toBe(10);
  });

  it("stops at the first turn that is too long, and does not go round it", () => {
    const turns = [turn(10), turn(1_000), turn(10)];
    expect(firstOf(recentTurns({ maxTokens: 100 }), turns, turn(10))).toBe(2);
  });

  it("keeps turns together that share a call and its output, whatever that costs", () => {
    const turns = [turn(10), turn(10), turn(10, true), turn(10)];
    expect(firstOf(recentTurns({ maxTurns: 2 }), turns, turn(10))).toBe(3);
    expect(firstOf(recentTurns({ maxTurns: 3 }), turns, turn(10))).toBe(1);
    expect(firstOf(recentTurns({ maxTurns: 0, maxTokens: 0 }), [...turns, turn(10, true)], turn(10, true))).toBe(3);
  });

  it("needs nothing but the current turn", () => {
    expect(firstOf(recentTurns(), [], turn(10))).toBe(0);
  });

  it.each([{ maxTurns: -1 }, { maxTokens: -1 }, { maxTurns: Number.NaN }])("refuses %o", (options) => {
    expect(() => recentTurns(options)).toThrow(/must be numbers from 0/);
  });

  it("is within both limits, or carries only what belongs to the current turn", () => {
    const anyTurn = fc.record({ tokens: fc.integer({ min: 4, max: 60 }), continues: fc.boolean() });
    const limits = fc.record({ maxTurns: fc.nat(12), maxTokens: fc.nat(300) });
    fc.assert(
      fc.property(fc.array(anyTurn), anyTurn, limits, (shapes, last, { maxTurns, maxTokens }) => {
        const turns = shapes.map(({ tokens, continues }, index) => turn(tokens, continues && index > 0));
        const current = turn(last.tokens, last.continues && turns.length > 0);
        const first = firstOf(recentTurns({ maxTurns, maxTokens }), turns, current);
        const carried = turns.slice(first);
        const tokens = [...carried, current].reduce(
          (sum, { items }) => sum + estimateTokens(items.at(0) ?? { type: "" }),
          0,
        );
        const withinLimits = carried.length <= maxTurns && tokens <= maxTokens;
        const [opening] = [...carried, current];
        const onlyItsGroup = [...carried.slice(1), current].every(({ continues }) => continues) || carried.length === 0;
        expect(opening?.continues).toBe(false);
        expect(withinLimits || onlyItsGroup).toBe(true);
      }),
      { seed: 1 },
    );
  });
});

describe("allTurns", () => {
  it("carries everything", () => {
    expect(firstOf(allTurns(), [turn(10), turn(10)], turn(10))).toBe(0);
    expect(allTurns().name).toBe("all-turns");
  });
});

describe("a context range", () => {
  it("names by sequence number exactly the turns that the window chose", () => {
    const turns = [0, 5, 9, 14].map((from, index) => ({ ...turn(10 + index), from, to: from + 4 }));
    const current: Turn = { ...turn(30), from: 20, to: 21 };
    const active = beginRun(current, {}, 0);
    const state = { ...initialState("s"), turns: AppendOnlyList.of(turns), active };
    for (let maxTurns = 0; maxTurns <= 4; maxTurns += 1) {
      const range = chooseContext(state, active, recentTurns({ maxTurns }));
      const carried = [...turns.slice(turns.length - maxTurns), current];
      expect(range).toEqual({ from: carried[0]?.from, to: 21 });
      expect(itemsWithin(state, range)).toEqual(carried.flatMap(({ items }) => [...items]));
    }
    expect(itemsWithin({ ...state, active: undefined }, { from: 9, to: 21 })).toHaveLength(2);
  });
});

describe("requestHash", () => {
  const item = fc.dictionary(fc.string(), fc.jsonValue()).map((members): Item => ({ ...toJson(members), type: "any" }));
  const request: fc.Arbitrary<ModelRequest> = fc.record(
    {
      model: fc.string(),
      instructions: fc.string(),
      input: fc.array(item),
      tools: fc.array(
        fc.record({
          type: fc.constant("function" as const),
          name: fc.string(),
          parameters: fc.constant({ type: "object" }),
          strict: fc.boolean(),
        }),
      ),
      settings: fc.dictionary(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    },
    { requiredKeys: ["model", "input"] },
  );

  it("is the hash of the request's canonical JSON", () => {
    fc.assert(
      fc.property(request, (value) => {
        expect(requestHash(value)).toBe(contentHash(canonicalJson(value)));
        expect(requestHash(value)).toBe(requestHash(structuredClone(value)));
      }),
      { seed: 1 },
    );
  });
});

describe("completeItems", () => {
  const reasoning: Item = { type: "reasoning" };
  const user: Item = { type: "message", role: "user", content: "" };
  const assistant: Item = { type: "message", role: "assistant", content: "" };

  it.each<[string, readonly Item[], readonly Item[]]>([
    [
      "keeps what is whole",
      [user, reasoning, call("a"), output("a"), assistant],
      [user, reasoning, call("a"), output("a"), assistant],
    ],
    ["drops a call without its output", [user, call("a"), call("b"), output("b")], [user, call("b"), output("b")]],
    ["drops reasoning that led to a dropped call", [user, reasoning, call("a")], [user]],
    ["drops reasoning before a dropped call and an output", [reasoning, call("a"), output("z")], [output("z")]],
    ["drops reasoning that led to nothing", [user, reasoning, reasoning], [user]],
    [
      "keeps reasoning that led to a call among others",
      [reasoning, call("a"), call("b"), output("b")],
      [reasoning, call("b"), output("b")],
    ],
    ["keeps reasoning in two parts", [reasoning, reasoning, assistant], [reasoning, reasoning, assistant]],
    ["keeps the output of an earlier turn's call", [output("z"), user], [output("z"), user]],
    ["tells calls of one id apart by their order", [call("a"), output("a"), call("a")], [call("a"), output("a")]],
  ])("%s", (_name, items, complete) => {
    expect(completeItems(items)).toEqual(complete);
  });

  it("leaves of a refused prompt the outputs that belong to calls before it", () => {
    expect(outputsForEarlierCalls([output("z"), user, call("a"), output("a"), output("a")])).toEqual([
      output("z"),
      output("a"),
    ]);
  });

  it("is done after doing it once", () => {
    const anyItem = fc.oneof(
      fc.constantFrom("a", "b", "c").map(call),
      fc.constantFrom("a", "b", "c").map(output),
      fc.constantFrom(reasoning, user, assistant),
    );
    fc.assert(
      fc.property(fc.array(anyItem), (items) => {
        const once = completeItems(items.map((one) => ({ ...one })));
        expect(completeItems(once)).toEqual(once);
      }),
      { seed: 1 },
    );
  });
});

function call(id: string): Item {
  return { type: "function_call", call_id: id, name: "f", arguments: "{}" };
}

function output(id: string): Item {
  return { type: "function_call_output", call_id: id, output: "" };
}

function toJson(members: Record<string, unknown>): Item {
  const value: unknown = JSON.parse(JSON.stringify(members));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what comes out of JSON is JSON
  return value as Item;
}
