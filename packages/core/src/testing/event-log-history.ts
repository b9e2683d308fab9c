import type { EventLogOperation, ExpectedHead } from "./event-log-model.ts";

/** How many numbers {@link toEventLogOperation} looks at. */
const numbersPerOperation = 12;

/**
 * Makes an operation for `checkAgainstModel` of random numbers, so that any generator can make histories and shrink those
 * that fail: smaller numbers make simpler operations. With fast-check:
 * `fc.array(fc.array(fc.nat(), { maxLength: 12 }).map(toEventLogOperation))`.
 *
 * @example
 * ```ts
 * import { toEventLogOperation } from "@agentkit/core/testing";
 *
 * toEventLogOperation([]); // { kind: "append", stream: "a", expectedHead: "head", ids: [1] }
 * ```
 */
export function toEventLogOperation(numbers: readonly number[]): EventLogOperation {
  let index = 0;
  const draw: Draw = (below) => {
    const number = numbers[index % numbersPerOperation] ?? 0;
    index += 1;
    return number % below;
  };
  return pick(draw, makers)(draw);
}

/** The next number, below a bound. */
type Draw = (below: number) => number;

const streams = ["a", "session-a", "session-b", "b", "session-c"] as const;
const prefixes = ["", "session-", "session-b", "x"] as const;
const types = [["OddHappened"], ["EvenHappened"], ["EvenHappened", "OddHappened"], []] as const;

// What stands here more often happens more often.
const makers: readonly ((draw: Draw) => EventLogOperation)[] = [
  toAppend,
  toAppend,
  toAppend,
  (draw) => ({ kind: "take", number: draw(2), count: 1 + draw(5) }),
  (draw) => ({ kind: "take", number: draw(2), count: 1 + draw(5) }),
  (draw) => ({ kind: "subscribe", number: draw(2), from: toStart(draw), filter: toFilter(draw) }),
  (draw) => ({ kind: "resume", number: draw(2) }),
  (draw) => ({ kind: "listen", number: draw(2) }),
  toRace,
  (draw) => ({ kind: "delete", stream: pick(draw, streams), expectedHead: toExpectedHead(draw) }),
  (draw) => ({ kind: "repeat", append: draw(10) }),
  toReadStream,
  toReadAll,
];

function toAppend(draw: Draw): EventLogOperation {
  return { kind: "append", stream: pick(draw, streams), expectedHead: toExpectedHead(draw), ids: toIds(draw) };
}

function toRace(draw: Draw): EventLogOperation {
  const [stream, expectedHead, ids] = [pick(draw, streams), toExpectedHead(draw), toIds(draw)];
  return { kind: "race", stream, expectedHead, ids, against: draw(3) === 0 ? "delete" : toIds(draw) };
}

function toReadStream(draw: Draw): EventLogOperation {
  const from = draw(2) === 0 ? {} : { from: draw(7) };
  return { kind: "readStream", stream: pick(draw, streams), options: { ...from, ...toSlice(draw) } };
}

function toReadAll(draw: Draw): EventLogOperation {
  return { kind: "readAll", after: draw(12) - 1, options: { filter: toFilter(draw), ...toSlice(draw) } };
}

function toExpectedHead(draw: Draw): ExpectedHead {
  return draw(4) < 3 ? "head" : draw(7) - 1;
}

function toIds(draw: Draw): readonly number[] {
  const [first, count] = [1 + draw(60), 1 + draw(4)];
  return Array.from({ length: count }, (_, index) => first + index);
}

function toStart(draw: Draw): "start" | "end" | number {
  return [() => "start" as const, () => "end" as const, () => draw(20)][draw(3)]?.() ?? "start";
}

function toFilter(draw: Draw): { readonly types?: readonly string[]; readonly streamPrefix?: string } {
  return {
    ...(draw(3) === 0 ? { types: pick(draw, types) } : {}),
    ...(draw(3) === 0 ? { streamPrefix: pick(draw, prefixes) } : {}),
  };
}

function toSlice(draw: Draw): { readonly direction: "forwards" | "backwards"; readonly limit?: number } {
  const direction = draw(2) === 0 ? "forwards" : "backwards";
  return draw(2) === 0 ? { direction } : { direction, limit: draw(7) };
}

function pick<T>(draw: Draw, choices: readonly T[]): T {
  const chosen = choices[draw(choices.length)];
  if (chosen === undefined) throw new RangeError("There is nothing to pick from.");
  return chosen;
}
