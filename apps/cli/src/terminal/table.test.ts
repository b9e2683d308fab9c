import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { createTerminal } from "./terminal.ts";
import { sideBySide } from "./side-by-side.ts";
import { toOneLine, truncate } from "./plain-text.ts";
import { type Cell, printTable } from "./table.ts";

function print(rows: readonly (readonly Cell[])[], columns?: number): readonly string[] {
  let text = "";
  const stdout = {
    write: (chunk: string | Uint8Array) => {
      text += chunk;
      return true;
    },
    ...(columns !== undefined && { isTTY: true, columns }),
  };
  printTable(createTerminal({ stdout, stderr: stdout, color: false }), ["NAME", "TITLE"], rows);
  return text.trimEnd().split("\n");
}

describe("printTable", () => {
  it("aligns columns by what they take on the screen, in every script", () => {
    const rows = [
      ["Ada", "first"],
      ["日本", "second"],
      ["é́", "third"],
    ].map((row) => row.map((text) => ({ text })));
    expect(print(rows)).toEqual(["NAME  TITLE", "Ada   first", "日本  second", "é́     third"]);
  });

  it("paints text without counting the paint", () => {
    const { red } = pc.createColors(true);
    const rows = [[{ text: "Ada", paint: red }, { text: "first" }]];
    expect(print(rows)[1]).toBe("\u001b[31mAda\u001b[39m   first");
  });

  it("cuts the last column at the edge of the screen, and nowhere without a screen", () => {
    const rows = [[{ text: "Ada" }, { text: "a title that is longer than the screen" }]];
    expect(print(rows, 30)[1]).toBe("Ada   a title that is longer …");
    expect(print(rows)[1]).toBe("Ada   a title that is longer than the screen");
  });
});

describe("truncate", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["日本語", 5, "日本…"],
    ["👩‍👩‍👧 family", 4, "👩‍👩‍👧 …"],
  ])("%j to %d columns is %j", (text, width, cut) => {
    expect(truncate(text, width)).toBe(cut);
  });
});

describe("toOneLine", () => {
  it("takes out what would steer a terminal", () => {
    expect(toOneLine("\u001b[31mred\u001b]0;title\u0007\rback\n\tnext\u0000")).toBe("redback ⏎ next");
  });
});

describe("sideBySide", () => {
  it("wraps both sides to their half", () => {
    expect(sideBySide("one two three four", "five", 23)).toEqual(["one two    │ five", "three four │"]);
  });
});
