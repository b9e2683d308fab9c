import { describe, expect, it } from "vitest";
import { defineAgent } from "../agent/define-agent.ts";
import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import { testKit } from "../kit/session-harness.test.support.ts";
import type { PriceList } from "../model/model-price.ts";
import { fixedClock } from "../testing/fixed-clock.ts";
import { scriptedModel, type ScriptedAnswer } from "../testing/scripted-model.ts";
import { createInMemoryProjectionStore } from "./in-memory-projection-store.ts";
import { createProjector } from "./projector.ts";
import { readUsage, usage } from "./usage.ts";

const tokens = (calls: number) => ({
  calls,
  uncachedInputTokens: 10 * calls,
  outputTokens: 5 * calls,
  costMicroUsd: 20 * calls,
});

const prices: PriceList = (model) => (model === "scripted" ? { input: 1, output: 2 } : undefined);

describe("usage", () => {
  it("adds up calls, failures, tokens and cost by day, agent and model, of each session and of all", async () => {
    const log = createInMemoryEventLog();
    const store = createInMemoryProjectionStore();
    const clock = fixedClock();
    const agents = ["first", "second/third"].map((name) => defineAgent({ name, model: `maker/${name.slice(0, 5)}` }));
    const answers: ScriptedAnswer[] = [{ text: "a" }, { text: "b" }, { error: "model_not_found" }, { text: "c" }];
    const kit = testKit({ log, agents, clock, model: scriptedModel(answers), prices });
    await kit.run({ session: "a", agent: "first", input: "Hi" });
    await kit.run({ session: "b", agent: "first", input: "Hi" });
    await kit.run({ session: "a", agent: "second/third", input: "Hi" });
    clock.advance(24 * 3_600_000);
    await kit.run({ session: "b", agent: "first", input: "Hi" });

    await createProjector({ log, store, projections: [usage] }).catchUp();

    const first = { agent: "first", model: "maker/first" };
    const failed = {
      agent: "second/third",
      model: "maker/secon",
      calls: 1,
      failures: 1,
      outputTokens: 0,
      costMicroUsd: 0,
    };
    expect(await readUsage(store)).toMatchObject([
      { day: "2026-01-01", ...first, ...tokens(2), failures: 0 },
      { day: "2026-01-01", ...failed },
      { day: "2026-01-02", ...first, ...tokens(1) },
    ]);
    expect(await readUsage(store, "a")).toMatchObject([{ ...first, ...tokens(1) }, failed]);
    expect(await readUsage(store, "nobody")).toEqual([]);
  });
});
