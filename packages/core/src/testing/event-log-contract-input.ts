import assert from "node:assert/strict";
import type { EventLog } from "../event-log/event-log.ts";
import type { NewEvent } from "../events/envelope.ts";
import type { JsonObject } from "../json/json.ts";
import {
  assertHolds,
  assertRejects,
  collect,
  type EventLogCase,
  fill,
  testEvent,
  testEvents,
} from "./event-log-contract-case.ts";

/** What an append takes and refuses. */
export const inputCases: readonly EventLogCase[] = [
  {
    id: "input/unicode",
    title: "keeps any JSON: every plane of Unicode, control characters, odd names, extreme numbers",
    async run(harness) {
      const log = await harness.open();
      const data: JsonObject = {
        text: "é ü 漢字 🙂 \u{10ffff} \u0000 \u001f \u2028 \\ \" '",
        "": { "a.b": null, "🙂": [[], {}, [null]] },
        numbers: [0, -1, 0.1, 1e21, 5e-324, 1.7976931348623157e308, Number.MAX_SAFE_INTEGER],
        ["__proto__"]: { constructor: 1 },
      };
      await log.append("a", [testEvent(1, { data })], { expected: "no_stream" });
      const [stored] = await collect(log.readStream("a"));
      assert.equal(JSON.stringify(stored?.data), JSON.stringify(data));
    },
  },
  {
    id: "input/undefined-property",
    title: "leaves out properties that are undefined, as JSON does",
    async run(harness) {
      const log = await harness.open();
      await log.append("a", [testEvent(1, { data: { a: undefined, b: 1 } })], { expected: "no_stream" });
      assert.deepEqual((await collect(log.readStream("a")))[0]?.data, { b: 1 });
    },
  },
  {
    id: "input/large",
    title: "keeps an event of 1 MiB",
    async run(harness) {
      const log = await harness.open();
      const text = "0123456789abcdef".repeat(65_536);
      await log.append("a", [testEvent(1, { data: { text } }), testEvent(2)], { expected: "no_stream" });
      const [stored] = await collect(log.readAll());
      assert.ok(stored?.data["text"] === text, "the text came back changed");
    },
  },
  {
    id: "input/not-json",
    title: "rejects data that JSON cannot carry, writes nothing and stays usable",
    async run(harness) {
      const log = await harness.open();
      for (const data of notJson()) {
        const event = testEvent(1);
        // A caller without types may hand over anything.
        Object.assign(event, { data });
        await assertRejects(log.append("a", [testEvent(2), event], { expected: "no_stream" }), "event_invalid");
      }
      await fill(log, "a", 1);
      await assertHolds(log, "a", [1]);
    },
  },
  {
    id: "input/envelope",
    title: "rejects an id, type, version, time or meta that is not well-formed",
    async run(harness) {
      const log = await harness.open();
      const upperCaseId = "AAAAAAAA-0000-4000-8000-000000000001";
      await rejectsEach(log, [
        ...["", "1", upperCaseId, `${testEvent(1).id} `].map((id) => testEvent(1, { id })),
        ...["", "1a", "a b", "ä", "a".repeat(101)].map((type) => testEvent(1, { type })),
        ...[0, -1, 1.5, Number.NaN].map((version) => testEvent(1, { version })),
        ...["", "now", "2026-11-22", "2026-11-22T13:08:05Z", "2026-13-22T13:08:05.123Z"].map((time) =>
          testEvent(1, { time }),
        ),
        testEvent(1, { meta: { step: Number.NaN } }),
      ]);
    },
  },
  {
    id: "input/batch",
    title: "rejects an empty batch, one of more than 1,000 events, and one with an id twice",
    async run(harness) {
      const log = await harness.open();
      for (const events of [[], testEvents(1, 1_001), [testEvent(1), testEvent(2), testEvent(1)]]) {
        await assertRejects(log.append("a", events, { expected: "no_stream" }), "event_invalid");
      }
      await assertHolds(log, "a", []);
    },
  },
  {
    id: "input/stream-name",
    title: "rejects a stream name that is empty, too long or has other characters",
    async run(harness) {
      const log = await harness.open();
      for (const stream of ["", "a b", "a/b", "ä", "a\n", "a%", "a".repeat(201)]) {
        await assertRejects(log.append(stream, [testEvent(1)], { expected: "no_stream" }), "stream_name_invalid");
        await assertRejects(log.head(stream), "stream_name_invalid");
        await assertRejects(collect(log.readStream(stream)), "stream_name_invalid");
      }
      await fill(log, "Az09._:-".repeat(25), 1);
      assert.equal(await log.head("Az09._:-".repeat(25)), 0);
    },
  },
  {
    id: "input/expected",
    title: "rejects an expected revision that is none",
    async run(harness) {
      const log = await harness.open();
      for (const expected of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assertRejects(log.append("a", [testEvent(1)], { expected }), "input_invalid");
      }
      await assertHolds(log, "a", []);
    },
  },
  {
    id: "input/read-options",
    title: "rejects a limit or first revision that is no whole number",
    async run(harness) {
      const log = await harness.open();
      for (const value of [-1, 0.5, Number.NaN]) {
        await assertRejects(collect(log.readStream("a", { limit: value })), "input_invalid");
        await assertRejects(collect(log.readStream("a", { from: value })), "input_invalid");
        await assertRejects(collect(log.readAll({ limit: value })), "input_invalid");
      }
    },
  },
  {
    id: "input/position",
    title: "rejects text that is no position of a log",
    async run(harness) {
      const log = await harness.open();
      const { position } = await log.append("a", [testEvent(1)], { expected: "no_stream" });
      for (const after of ["", "x", "-1", "1.5", "1 ", "9".repeat(40)]) {
        await assertRejects(collect(log.readAll({ after })), "position_invalid");
        await assertRejects(collect(log.subscribe({ after })), "position_invalid");
        assert.throws(() => log.compare(after, position), { code: "position_invalid" });
        assert.throws(() => log.compare(position, after), { code: "position_invalid" });
      }
    },
  },
];

async function rejectsEach(log: EventLog, events: readonly NewEvent[]): Promise<void> {
  for (const event of events) {
    await assertRejects(log.append("a", [event], { expected: "no_stream" }), "event_invalid");
  }
  await assertHolds(log, "a", []);
}

function notJson(): readonly unknown[] {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  return [
    undefined,
    null,
    "text",
    [1],
    { a: 1n },
    { a: Number.NaN },
    { a: [undefined] },
    { a: () => 1 },
    { a: new Date(0) },
    { a: new Map() },
    { a: "\ud800" },
    { "\ud800": 1 },
    cyclic,
  ];
}
