import { assert, property, string, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { toToolNames } from "./tool-names.ts";

test("replaces characters that the model's API refuses, and cuts what is too long", () => {
  const long = "x".repeat(100);

  const names = toToolNames("fs_", ["read.file", "plain", long]);

  expect(names.get("read.file")).toBe("fs_read_file");
  expect(names.get("plain")).toBe("fs_plain");
  expect(names.get(long)).toMatch(/^fs_x{52}_[0-9a-f]{8}$/);
});

test("names that would become one another are told apart by their hash, whatever their order", () => {
  const forth = toToolNames("", ["a.b", "a/b"]);
  const back = toToolNames("", ["a/b", "a.b"]);

  expect(forth.get("a.b")).toMatch(/^a_b_[0-9a-f]{8}$/);
  expect(forth.get("a.b")).not.toBe(forth.get("a/b"));
  expect(back).toEqual(forth);
});

test("any set of names gives as many names that the model's API takes", () => {
  const names = uniqueArray(string({ minLength: 1, maxLength: 80 }), { maxLength: 8 });
  assert(
    property(names, (given) => {
      const made = [...toToolNames("server_", given).values()];
      expect(new Set(made).size).toBe(given.length);
      expect(made.every((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
