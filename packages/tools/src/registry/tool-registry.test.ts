import { AgentKitError, defineTool, type Tool } from "@agentkit/core";
import { fixedClock, toolContext } from "@agentkit/core/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createToolRegistry, type ToolLimits } from "./tool-registry.ts";

const input = z.object({});

function tool(name: string, run: (signal: AbortSignal) => unknown = () => "done"): Tool {
  return defineTool({ name, description: name, input, timeoutMs: 1000, run: (_, { signal }) => run(signal) });
}

async function failure(call: Promise<unknown> | undefined): Promise<unknown> {
  return call?.then(
    () => "it succeeded",
    (error: unknown) => error,
  );
}

describe("createToolRegistry", () => {
  const tools = [tool("orders_find"), tool("orders_cancel"), tool("time")];

  it("finds tools by name and by pattern, in its own order", () => {
    const registry = createToolRegistry(tools);
    expect(registry.get("time")).toBe(tools[2]);
    expect(registry.get("orders")).toBeUndefined();
    expect(registry.list()).toEqual(tools);
    expect(registry.pick("time", "orders_*")).toEqual(tools);
    expect(registry.pick("*_f*d").map(({ name }) => name)).toEqual(["orders_find"]);
  });

  it("leaves a tool without limits the object that it is", () => {
    const registry = createToolRegistry(tools, { limits: { time: { circuitBreaker: {} } } });
    expect(registry.get("orders_find")).toBe(tools[0]);
    expect(registry.get("time")).not.toBe(tools[2]);
  });

  it.each<[string, () => unknown]>([
    ["two tools of one name", () => createToolRegistry([tool("a"), tool("a")])],
    ["a pattern that picks nothing", () => createToolRegistry(tools).pick("time", "orders_x*")],
    ["limits of no tool", () => createToolRegistry(tools, { limits: { "x*": {} } })],
    ["no parallel calls", () => limited({ concurrency: { parallel: 0, queue: 1 } })],
    ["half a place in the queue", () => limited({ concurrency: { parallel: 1, queue: 0.5 } })],
    ["a rate above 1", () => limited({ circuitBreaker: { failureRate: 2 } })],
    ["an empty window", () => limited({ circuitBreaker: { window: 0 } })],
    ["a circuit that never opens", () => limited({ circuitBreaker: { openMs: 0 } })],
  ])("refuses %s", (_name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "definition_invalid" }));
  });
});

function limited(limits: ToolLimits, run?: (signal: AbortSignal) => unknown) {
  const clock = fixedClock();
  const registry = createToolRegistry([tool("a", run)], { limits: { "*": limits }, clock });
  const call = async (signal = new AbortController().signal) => registry.get("a")?.execute({}, toolContext({ signal }));
  return { clock, call };
}

function gate() {
  const open: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const run = async (): Promise<string> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => open.push(resolve));
    running -= 1;
    return "done";
  };
  return { run, open, most: () => most };
}

describe("concurrency", () => {
  it("runs as many at once as it may, the rest in order, and refuses what is beyond the queue", async () => {
    const { run, open, most } = gate();
    const { call } = limited({ concurrency: { parallel: 2, queue: 2 } }, run);
    const order: number[] = [];
    const calls = [0, 1, 2, 3].map(async (index) => {
      await call();
      order.push(index);
    });
    await expect(failure(call())).resolves.toMatchObject({ code: "tool_busy", retryable: true });
    for (let index = 0; index < 4; index += 1) {
      await expect.poll(() => open.length, { interval: 1 }).toBeGreaterThan(index);
      open[index]?.();
    }
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(most()).toBe(2);
  });

  it("lets a call that is stopped leave the queue, and gives its place to the next", async () => {
    const { run, open } = gate();
    const { call } = limited({ concurrency: { parallel: 1, queue: 1 } }, run);
    const first = call();
    const stop = new AbortController();
    const second = failure(call(stop.signal));
    stop.abort();
    await expect(second).resolves.toMatchObject({ code: "tool_busy" });
    const third = call();
    open[0]?.();
    await first;
    await expect.poll(() => open.length, { interval: 1 }).toBe(2);
    open[1]?.();
    await expect(third).resolves.toBe("done");
  });

  it("gives the place of a call that failed to the next", async () => {
    const { call } = limited({ concurrency: { parallel: 1, queue: 0 } }, () => Promise.reject(new Error("no")));
    await failure(call());
    await expect(failure(call())).resolves.toMatchObject({ message: "no" });
  });
});

describe("circuit breaker", () => {
  const down = new Error("connection refused");

  function service() {
    const state: { fails: Error | undefined; calls: number } = { fails: down, calls: 0 };
    const run = (): string => {
      state.calls += 1;
      if (state.fails !== undefined) throw state.fails;
      return "done";
    };
    return { state, run };
  }

  it("opens after failures in a row, and says when to come back", async () => {
    const { state, run } = service();
    const { call, clock } = limited({ circuitBreaker: { failures: 3, openMs: 1000 } }, run);
    for (let index = 0; index < 3; index += 1) await expect(failure(call())).resolves.toBe(down);
    clock.advance(400);
    await expect(failure(call())).resolves.toMatchObject({
      code: "tool_circuit_open",
      retryable: true,
      retryAfterMs: 600,
    });
    expect(state.calls).toBe(3);
  });

  it("lets one call through when its time is over: success closes it, failure opens it again", async () => {
    const { state, run } = service();
    const { call, clock } = limited({ circuitBreaker: { failures: 1, openMs: 1000 } }, run);
    await failure(call());
    clock.advance(1000);
    const [probe, other] = await Promise.all([failure(call()), failure(call())]);
    expect(probe).toBe(down);
    expect(other).toMatchObject({ code: "tool_circuit_open", retryAfterMs: 1000 });
    await expect(failure(call())).resolves.toMatchObject({ retryAfterMs: 1000 });
    clock.advance(1000);
    state.fails = undefined;
    await expect(call()).resolves.toBe("done");
    await expect(call()).resolves.toBe("done");
  });

  it("opens at a rate of failures that never come in a row", async () => {
    const { state, run } = service();
    const { call } = limited({ circuitBreaker: { failures: 99, failureRate: 0.5, window: 4 } }, run);
    for (const fails of [undefined, down, undefined, down]) {
      state.fails = fails;
      await failure(call());
    }
    await expect(failure(call())).resolves.toMatchObject({ code: "tool_circuit_open" });
  });

  it("does not take it for a failure that the call was at fault", async () => {
    const { state, run } = service();
    const { call } = limited({ circuitBreaker: { failures: 1 } }, run);
    state.fails = new AgentKitError("tool_result_invalid", "No such order.");
    await failure(call());
    await expect(failure(call())).resolves.toBe(state.fails);
  });

  it("takes a call that outlives its time for a failure, even if it never settles, and a cancelled one for nothing", async () => {
    const { call, clock } = limited({ circuitBreaker: { failures: 1 } }, () => new Promise(() => undefined));
    const cancelled = new AbortController();
    void call(cancelled.signal);
    cancelled.abort();
    const late = new AbortController();
    void call(late.signal);
    clock.advance(1000);
    late.abort();
    await expect(failure(call())).resolves.toMatchObject({ code: "tool_circuit_open" });
  });

  it("is not held open by a probe that was cancelled and never settles", async () => {
    const { state, run } = service();
    let hang = false;
    const { call, clock } = limited({ circuitBreaker: { failures: 1, openMs: 1000 } }, () =>
      hang ? new Promise(() => undefined) : run(),
    );
    await failure(call());
    clock.advance(1000);
    hang = true;
    const stop = new AbortController();
    void call(stop.signal);
    stop.abort();
    hang = false;
    state.fails = undefined;
    await expect(call()).resolves.toBe("done");
  });
});
