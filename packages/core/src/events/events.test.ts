import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eventCatalogue, isEventType } from "./catalogue.ts";
import { toCloudEvent } from "./cloud-event.ts";
import { decodeEvent, parseEvent, upcast, validateDraft } from "./decode-event.ts";
import { defineEvent } from "./define-event.ts";
import type { EventDefinition } from "./define-event.ts";
import type { StoredEvent } from "./envelope.ts";
import { eventId, idempotencyKey } from "./event-id.ts";

const stored: StoredEvent = {
  id: "a2cee467-fd0c-53dc-8b36-36842cce92f7",
  type: "RunStarted",
  version: 1,
  time: "2026-01-01T00:00:00.000Z",
  data: { run: "r", agent: "clerk" },
  meta: { session: "s", run: "r", step: 0, actor: "engine", subjects: ["ada", "bob"], agentVersion: "0a1b" },
  stream: "session-s",
  revision: 3,
  position: "17",
};

describe("eventId", () => {
  const parts = fc.record({ stream: fc.string(), run: fc.string(), step: fc.nat(), index: fc.nat() });

  it("is the UUIDv5 that RFC 9562 describes, of its parts in AgentKit's namespace", () => {
    const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    const namespace = uuidV5(dns, "agentkit.event");
    expect(uuidV5(dns, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
    fc.assert(
      fc.property(parts, ({ stream, run, step, index }) => {
        const name = JSON.stringify(["event", stream, run, String(step), String(index)]);
        expect(eventId({ stream, run, step, index })).toBe(uuidV5(namespace, name));
      }),
      { seed: 1 },
    );
  });

  it("is the same for the same parts, and another for any other", () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        expect(eventId(left) === eventId(right)).toBe(JSON.stringify(left) === JSON.stringify(right));
        expect(eventId(left)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
      { seed: 1 },
    );
  });

  it("keeps parts apart that would be one text when written together", () => {
    expect(eventId({ stream: "ab", run: "c", step: 1, index: 2 })).not.toBe(
      eventId({ stream: "a", run: "bc", step: 1, index: 2 }),
    );
    expect(idempotencyKey("ab", "c", "d")).not.toBe(idempotencyKey("a", "bc", "d"));
  });
});

describe("toCloudEvent", () => {
  it("maps the envelope one to one", () => {
    expect(toCloudEvent(stored)).toEqual({
      specversion: "1.0",
      id: stored.id,
      source: "/agentkit/session-s",
      type: "agentkit.RunStarted",
      subject: "3",
      time: stored.time,
      datacontenttype: "application/json",
      dataschema: "urn:agentkit:event:RunStarted:1",
      data: stored.data,
      position: "17",
      session: "s",
      run: "r",
      step: 0,
      actor: "engine",
      subjects: "ada,bob",
      agentversion: "0a1b",
    });
  });

  it("names extensions as CloudEvents 1.0 allows: at most 20 lower-case letters and digits", () => {
    const names = Object.keys(toCloudEvent(stored));
    expect(names.filter((name) => !/^[a-z0-9]{1,20}$/.test(name))).toEqual([]);
  });
});

describe("parseEvent", () => {
  it("gives back a valid event as it was stored, brought to the newest version", () => {
    expect(parseEvent(stored)).toEqual({ ...stored, version: 3 });
  });

  it.each<[string, Partial<StoredEvent>, RegExp]>([
    ["a missing field", { data: { run: "r" } }, /RunStarted: .* at 'agent'/],
    ["a field too many", { data: { run: "r", agent: "a", extra: 1 } }, /Unrecognized key|at 'request.tools'/],
    ["an empty id", { data: { run: "", agent: "a" } }, /at 'run'/],
    [
      "a hash that is none",
      { data: { run: "r", agent: "a", request: { tools: "sha256:x" } } },
      /Unrecognized key|at 'request.tools'/,
    ],
    ["an unknown type", { type: "RunImagined" }, /does not know/],
    ["a name that objects inherit", { type: "toString" }, /does not know/],
    ["a newer version", { version: 99 }, /versions 1 to 3/],
    ["a version that never was", { version: 0 }, /it was damaged/],
    ["half a version", { version: 0.5 }, /it was damaged/],
  ])("refuses %s", (_name, change, message) => {
    expect(() => parseEvent({ ...stored, ...change })).toThrow(message);
  });

  it("says where the event stands", () => {
    expect(() => parseEvent({ ...stored, data: {} })).toThrow(/Event session-s@3 is no valid RunStarted/);
  });

  it("leaves data unlooked at that decodeEvent takes on trust", () => {
    expect(decodeEvent({ ...stored, data: {} })).toMatchObject({ data: {} });
    expect(() => decodeEvent({ ...stored, version: 99 })).toThrow(/Update AgentKit/);
  });

  it("refuses a draft that does not fit its type", () => {
    expect(() => validateDraft({ type: "RunFailed", data: { code: "x", message: "y" } })).not.toThrow();
    expect(() =>
      validateDraft({ type: "ToolCallStarted", data: { callId: "", attempt: 1, idempotencyKey: "k" } }),
    ).toThrow(/at 'callId'/);
  });
});

describe("isEventType", () => {
  it("knows the catalogue's names and no others", () => {
    expect(Object.keys(eventCatalogue).every(isEventType)).toBe(true);
    expect(["constructor", "__proto__", "runStarted", ""].some(isEventType)).toBe(false);
  });

  it("has names in the past tense style: capitalised words, no more than the log allows", () => {
    expect(Object.keys(eventCatalogue).filter((name) => !/^([A-Z][a-z]+){2,4}$/.test(name))).toEqual([]);
  });
});

describe("upcast", () => {
  // A counter that counted in words, then in numbers, then with a unit.
  const counted = defineEvent(z.strictObject({ count: z.number(), unit: z.string() }), {
    1: ({ word }) => ({ count: ["none", "one", "two"].findIndex((name) => name === word) }),
    2: (data) => ({ ...data, unit: "items" }),
  });
  const anyVersion = fc.oneof(
    fc.record({ version: fc.constant(1), data: fc.record({ word: fc.constantFrom("none", "one", "two") }) }),
    fc.record({ version: fc.constant(2), data: fc.record({ count: fc.nat(9) }) }),
    fc.record({
      version: fc.constant(3),
      data: fc.record({ count: fc.nat(9), unit: fc.constantFrom("items", "boxes") }),
    }),
  );

  it("counts versions by the steps that lead to today's", () => {
    expect(counted.version).toBe(3);
    expect(defineEvent(z.strictObject({})).version).toBe(1);
  });

  it("takes every version to today's in one step after the other", () => {
    expect(upcast({ version: 1, data: { word: "two" } }, counted)).toEqual({ count: 2, unit: "items" });
    expect(upcast({ version: 2, data: { count: 5 } }, counted)).toEqual({ count: 5, unit: "items" });
    expect(upcast({ version: 3, data: { count: 5, unit: "boxes" } }, counted)).toEqual({ count: 5, unit: "boxes" });
  });

  it("gives data that fits today's schema, leaves stored data alone, and gives the same each time", () => {
    fc.assert(
      fc.property(anyVersion, (event) => {
        const before = JSON.stringify(event);
        const data = upcast(event, counted);
        expect(counted.schema.safeParse(data).success).toBe(true);
        expect(upcast(event, counted)).toEqual(data);
        expect(upcast({ version: counted.version, data }, counted)).toEqual(data);
        expect(JSON.stringify(event)).toBe(before);
      }),
      { seed: 1 },
    );
  });

  it("commutes with a fold: folding old events is folding what they are today", () => {
    fc.assert(
      fc.property(fc.array(anyVersion), (events) => {
        const today = events.map((event) => ({ version: counted.version, data: upcast(event, counted) }));
        expect(sumOf(events, counted)).toBe(sumOf(today, counted));
      }),
      { seed: 1 },
    );
  });

  it("refuses a version that no step leads from", () => {
    const broken = { ...counted, upcasters: { 2: counted.upcasters[2] ?? (() => ({})) } };
    expect(() => upcast({ version: 1, data: {} }, broken)).toThrow(/No upcaster leads from version 1/);
  });
});

/** Folds counts, each at its own version. */
function sumOf(events: readonly Pick<StoredEvent, "version" | "data">[], definition: EventDefinition): number {
  return events.reduce((total, event) => total + Number(upcast(event, definition)["count"]), 0);
}

/** UUIDv5 as RFC 9562 §5.5 spells it out, apart from the code under test. */
function uuidV5(namespace: string, name: string): string {
  const digest = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name, "utf8")
    .digest();
  const digits = [...digest.subarray(0, 16)].map((byte, index) => {
    if (index === 6) return (byte % 16) + 0x50;
    return index === 8 ? (byte % 64) + 0x80 : byte;
  });
  const hex = digits.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
