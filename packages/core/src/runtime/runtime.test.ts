import { describe, expect, it } from "vitest";
import { fixedClock } from "../testing/fixed-clock.ts";
import { sequentialIds } from "../testing/sequential-ids.ts";
import { systemClock } from "./clock.ts";
import { systemIds } from "./id-source.ts";

describe("systemClock", () => {
  it("tells the time of the machine", () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });

  it("sleeps, and wakes with the reason of the abort", async () => {
    await expect(systemClock.sleep(0, new AbortController().signal)).resolves.toBeUndefined();
    const controller = new AbortController();
    const asleep = systemClock.sleep(60_000, controller.signal);
    controller.abort("enough");
    await expect(asleep).rejects.toBe("enough");
    await expect(systemClock.sleep(60_000, AbortSignal.abort("before"))).rejects.toBe("before");
  });

  it("does not wake at once from a sleep that is longer than a timer can be", async () => {
    const controller = new AbortController();
    const asleep = systemClock.sleep(2 ** 31 + 1, controller.signal).then(() => "woken");
    // A timer that overflows fires after one millisecond.
    await systemClock.sleep(5, new AbortController().signal);
    controller.abort("still asleep");
    await expect(asleep).rejects.toBe("still asleep");
  });
});

describe("systemIds", () => {
  it("gives 24 hexadecimal digits, never the same", () => {
    const ids = Array.from({ length: 1_000 }, () => systemIds.next());
    expect(ids.filter((id) => !/^[0-9a-f]{24}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("fixedClock", () => {
  it("stands until it is advanced, and wakes the sleepers whose time has come", async () => {
    const clock = fixedClock(1_000);
    const { signal } = new AbortController();
    const woken: string[] = [];
    const short = clock.sleep(10, signal).then(() => woken.push("short"));
    const long = clock.sleep(20, signal).then(() => woken.push("long"));
    clock.advance(10);
    await short;
    expect([clock.now(), woken]).toEqual([1_010, ["short"]]);
    clock.advance(10);
    await long;
    expect(woken).toEqual(["short", "long"]);
  });

  it("wakes a sleeper that is told to stop", async () => {
    const controller = new AbortController();
    const asleep = fixedClock().sleep(10, controller.signal);
    controller.abort("stop");
    await expect(asleep).rejects.toBe("stop");
    await expect(fixedClock().sleep(10, AbortSignal.abort("before"))).rejects.toBe("before");
  });
});

describe("sequentialIds", () => {
  it("counts up from a seed, the same each time", () => {
    const [first, second] = [sequentialIds("b"), sequentialIds("b")];
    expect([first.next(), first.next()]).toEqual(["b00000000000000000000001", "b00000000000000000000002"]);
    expect(second.next()).toBe("b00000000000000000000001");
  });
});
