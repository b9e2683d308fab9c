import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppendOnlyList } from "./append-only-list.ts";

describe("AppendOnlyList", () => {
  it("starts with what it is given, and does not follow the array it came from", () => {
    const values = [1, 2];
    const list = AppendOnlyList.of(values);
    values.push(3);
    expect([...list]).toEqual([1, 2]);
    expect(AppendOnlyList.of().last()).toBeUndefined();
  });

  it("answers outside its bounds with undefined", () => {
    const list = AppendOnlyList.of([1]);
    expect([list.at(-1), list.at(0), list.at(1), list.at(0.5)]).toEqual([undefined, 1, undefined, undefined]);
  });

  it("is the same list when nothing is appended", () => {
    const list = AppendOnlyList.of([1]);
    expect(list.append()).toBe(list);
  });

  it("keeps every version as it was, whichever versions are appended to", () => {
    // Each step appends values to one of the versions there are, as forks of a session do.
    const steps = fc.array(fc.record({ version: fc.nat(), values: fc.array(fc.integer(), { maxLength: 3 }) }));
    fc.assert(
      fc.property(steps, (branches) => {
        const lists = [AppendOnlyList.of<number>()];
        const arrays: (readonly number[])[] = [[]];
        for (const { version, values } of branches) {
          const index = version % lists.length;
          lists.push((lists[index] ?? AppendOnlyList.of<number>()).append(...values));
          arrays.push([...(arrays[index] ?? []), ...values]);
        }
        expect(lists.map((list) => [...list])).toEqual(arrays);
        expect(lists.map((list) => list.toArray())).toEqual(arrays);
        expect(lists.map((list) => list.length)).toEqual(arrays.map((array) => array.length));
        expect(lists.map((list) => list.last())).toEqual(arrays.map((array) => array.at(-1)));
      }),
      { seed: 1 },
    );
  });

  it("is not changed through the array it gives out", () => {
    const list = AppendOnlyList.of([1, 2]);
    const array: unknown[] = [...list.toArray()];
    array.push(3);
    expect(list.append(4).toArray()).toEqual([1, 2, 4]);
  });
});
