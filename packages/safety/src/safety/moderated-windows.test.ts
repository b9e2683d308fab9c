import { describe, expect, it } from "vitest";
import type { GuardedPart } from "./guarded-part.ts";
import { inWindows, type WindowOptions } from "./moderated-windows.ts";

function delta(text: string): GuardedPart {
  return { type: "text.delta", index: 0, contentIndex: 0, delta: text };
}

const completed: GuardedPart = { type: "completed", response: { status: "completed", output: [] } };

/** Checks that are answered by hand, and what the source was asked for. */
function setUp(parts: readonly (GuardedPart | "stall")[], length: number | "open" = 10) {
  const checks: { readonly text: string; readonly answer: (mayGo: boolean) => void; readonly fail: () => void }[] = [];
  let taken = 0;
  let stopped = 0;
  async function* source(): AsyncGenerator<GuardedPart> {
    for (const part of parts) {
      taken += 1;
      // A model that does not even hear its signal.
      if (part === "stall") await new Promise<never>(() => undefined);
      else yield part;
    }
  }
  const options: WindowOptions = {
    length: length === "open" ? undefined : length,
    check: (text) =>
      new Promise((resolve, reject) => {
        checks.push({ text, answer: resolve, fail: () => reject(new Error("called off")) });
      }),
    stop: () => void (stopped += 1),
  };
  return { windows: inWindows(source(), options), checks, taken: () => taken, stopped: () => stopped };
}

async function soon(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

describe("inWindows", () => {
  it("fills the next window while one is checked, and lets the model wait when two are", async () => {
    const { windows, checks, taken } = setUp([
      delta("one two "),
      delta("three "),
      delta("four "),
      delta("five "),
      completed,
    ]);
    const first = windows.next();
    await soon();
    expect(checks.map(({ text }) => text)).toEqual(["one two ", "three "]);
    expect(taken()).toBe(3);
    checks[0]?.answer(true);
    expect((await first).value).toEqual(delta("one two "));
  });

  it("lets a window go as soon as it was checked, although the model says nothing more", async () => {
    const { windows, checks } = setUp([delta("one two "), delta("three "), "stall"]);
    const first = windows.next();
    await soon();
    checks[0]?.answer(true);
    expect((await first).value).toEqual(delta("one two "));
  });

  it("tells a block although the model goes on", async () => {
    const { windows, checks, stopped } = setUp([delta("one two "), delta("three "), "stall"]);
    const first = windows.next();
    await soon();
    checks[0]?.answer(false);
    expect((await first).value).toEqual({ type: "blocked" });
    expect(await windows.next()).toEqual({ done: true, value: undefined });
    expect(stopped()).toBe(1);
  });

  it("keeps the order in which the windows came, whichever is checked first", async () => {
    const { windows, checks } = setUp([delta("one two "), delta("three "), completed]);
    const parts: GuardedPart[] = [];
    const reading = (async () => {
      for await (const part of windows) parts.push(part);
    })();
    await soon();
    checks[1]?.answer(true);
    await soon();
    expect(parts).toEqual([]);
    checks[0]?.answer(true);
    await reading;
    expect(parts).toEqual([delta("one two "), delta("three "), completed]);
  });

  it("lets parts without text go at once where nothing is held, and no part before the end where the length is open", async () => {
    const added: GuardedPart = { type: "item.added", index: 0, item: { type: "message" } };
    expect((await setUp([added, "stall"]).windows.next()).value).toEqual(added);
    const whole = setUp([added, delta("one"), completed], "open");
    const first = whole.windows.next();
    await soon();
    expect(whole.checks.map(({ text }) => text)).toEqual(["one"]);
    whole.checks[0]?.answer(true);
    expect((await first).value).toEqual(added);
  });

  it("stops the model when its reader leaves", async () => {
    const { windows, checks, stopped } = setUp([delta("one two "), delta("three "), delta("four "), completed]);
    const first = windows.next();
    await soon();
    checks[0]?.answer(true);
    await first;
    await windows.return();
    expect(stopped()).toBe(1);
  });

  it("fails with a check that was called off, and drops the windows after it", async () => {
    const { windows, checks } = setUp([delta("one two "), delta("three "), delta("four "), completed]);
    const first = windows.next();
    await soon();
    checks[1]?.fail();
    checks[0]?.fail();
    await expect(first).rejects.toThrow("called off");
  });
});
