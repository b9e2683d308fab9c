import { describe, expect, it } from "vitest";
import { findTraces } from "./find-traces.ts";

const value = "corr ct/horse+bäTTery >>>>> 4111 1111";

function find(bytes: Buffer | string): readonly string[] {
  const haystack = { place: "here", bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes) };
  return findTraces([haystack], [value]).map(({ form }) => form);
}

describe("findTraces", () => {
  it.each([
    ["clear", `before ${value} after`],
    ["UTF-16", Buffer.from(`before ${value} after`, "utf16le")],
    ["URL", `?q=${encodeURIComponent(value)}&r`],
    ["form", `?q=${encodeURIComponent(value).replaceAll("%20", "+")}&r`],
    ["hexadecimal", Buffer.from(`before ${value} after`).toString("hex")],
    ["hexadecimal", Buffer.from(value).toString("hex").toUpperCase()],
    ["base64", Buffer.from(`${value} after`).toString("base64")],
    ["base64", Buffer.from(`1${value} after`).toString("base64")],
    ["base64", Buffer.from(`12${value} after`).toString("base64")],
    ["base64url", Buffer.from(`é${value}`).toString("base64url")],
    ["digits", `${value.replace("4111 1111", "41111111")} after`],
  ])("finds a value in the form %s", (form, bytes) => {
    expect(find(bytes)).toContain(form);
  });

  it("finds nothing where there is nothing", () => {
    expect(find(value.slice(1))).toEqual([]);
    expect(find(Buffer.from(value.slice(0, -3)).toString("base64"))).toEqual([]);
  });

  it("finds a value that JSON has to escape", () => {
    const escaped = 'line one\n"line two"';
    const traces = findTraces(
      [{ place: "here", bytes: Buffer.from(JSON.stringify(JSON.stringify({ escaped }))) }],
      [escaped],
    );
    expect(traces).toEqual([{ value: escaped, form: "JSON in JSON", place: "here" }]);
  });
});
