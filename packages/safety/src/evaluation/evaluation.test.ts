import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Detector } from "../detectors/detector.ts";
import { createInjectionDetector } from "../injection/create-injection-detector.ts";
import { createPiiDetector } from "../pii/create-pii-detector.ts";
import { parseDataset } from "./dataset.ts";
import { evaluateDetectors } from "./evaluate-detectors.ts";

/** Finds the word `bad`, whose findings are `style.bad`, and `maybe`, at half the score. */
const detector: Detector = {
  id: "custom:words",
  version: "3",
  categories: ["style.bad"],
  detect: ({ normalized }) =>
    Array.from(normalized.matchAll(/bad|maybe/g), ({ 0: word, index }) => ({
      category: "style.bad",
      rule: word,
      start: index,
      end: index + word.length,
      score: word === "bad" ? 1 : 0.4,
    })),
};

const now = () => 0;

describe("parseDataset", () => {
  it("reads spans, categories, labels and what was looked for", () => {
    const jsonl = [
      '{"labelled":["style"]}',
      '{"text":"bad word","spans":[{"category":"style.bad","start":0,"end":3}]}',
      '{"text":"fine","categories":[],"source":"web"}',
      '{"text":"bad","label":1}',
      Buffer.from('{"text":"good","label":0}').toString("base64"),
      "",
    ].join("\n");
    const dataset = parseDataset("set", jsonl, { category: "style.bad" });
    expect(dataset.categories).toEqual(["style", "style.bad"]);
    expect(dataset.texts.map(({ text, source, categories }) => [text, source, categories])).toEqual([
      ["bad word", "user", ["style.bad"]],
      ["fine", "web", []],
      ["bad", "user", ["style.bad"]],
      ["good", "user", []],
    ]);
  });

  it.each([
    ["what is no JSON", "{secret"],
    ["what is no base64 of JSON", "secret"],
    ["a line without a text", '{"label":1}'],
    ["a line without labels", '{"text":"secret"}'],
    ["a span beyond the text", '{"text":"secret","spans":[{"category":"a","start":2,"end":9}]}'],
    ["an unknown source", '{"text":"secret","categories":[],"source":"moon"}'],
  ])("refuses %s by the number of its line, and does not quote it", (_what, jsonl) => {
    const parse = () => parseDataset("set", `{"text":"a","categories":[]}\n${jsonl}`);
    expect(parse).toThrow(expect.objectContaining({ code: "input_invalid" }));
    expect(parse).toThrow(/^set, line 2(?!.*secret)/);
  });
});

describe("evaluateDetectors", () => {
  it("counts places where the set says where things are", () => {
    const dataset = parseDataset(
      "spans",
      [
        '{"text":"bad and bad","spans":[{"category":"style.bad","start":0,"end":3}]}',
        '{"text":"worse","spans":[{"category":"style.bad","start":0,"end":5}]}',
        '{"text":"bad?","spans":[]}',
        '{"text":"maybe","spans":[]}',
      ].join("\n"),
    );
    const [report] = evaluateDetectors([dataset], [detector], { now });
    expect(report?.overall).toEqual({
      expected: 2,
      truePositives: 1,
      falsePositives: 2,
      negatives: 2,
      falseAlarms: 1,
      precision: 1 / 3,
      recall: 1 / 2,
      f1: 2 / 5,
      falsePositiveRate: 1 / 2,
    });
  });

  it("counts texts where it does not, by the labels' own categories", () => {
    const dataset = parseDataset(
      "texts",
      '{"text":"bad bad","categories":["style"]}\n{"text":"good","categories":["style"]}\n{"text":"bad","categories":[]}',
    );
    const [report] = evaluateDetectors([dataset], [detector], { now });
    expect(report?.categories.map(({ category, recall, precision }) => [category, recall, precision])).toEqual([
      ["style", 0.5, 0.5],
    ]);
  });

  it("counts findings from the threshold on", () => {
    const dataset = parseDataset("texts", '{"text":"maybe","categories":["style.bad"]}');
    const recall = (threshold: number) =>
      evaluateDetectors([dataset], [detector], { now, threshold })[0]?.overall.recall;
    expect([recall(0.5), recall(0.3)]).toEqual([0, 1]);
  });

  it("leaves out sets in which a detector's categories were not looked for", () => {
    const dataset = parseDataset("other", '{"text":"bad","categories":["pii.email"]}');
    expect(evaluateDetectors([dataset], [detector], { now })).toEqual([]);
  });

  it("measures by the clock it is given", () => {
    let time = 0;
    const clock = () => (time += 2);
    const dataset = parseDataset("texts", `{"text":"${"x".repeat(1024)}","categories":["style.bad"]}`);
    const [report] = evaluateDetectors([dataset], [detector], { now: clock });
    expect(report?.latency).toEqual({ texts: 1, characters: 1024, medianMs: 2, p95Ms: 2, maxMs: 2, msPerKb: 2 });
  });
});

describe("the development sets", () => {
  const sets = ["pii-dev", "injection-dev", "injection-benign-dev"].map((name) =>
    parseDataset(name, readFileSync(new URL(`../../testdata/${name}.jsonl`, import.meta.url), "utf8")),
  );
  const reports = evaluateDetectors(sets, [createPiiDetector(), createInjectionDetector()], { now });

  it("has at least .95 of the structured personal data found, and nothing else", () => {
    const pii = reports.find((report) => report.detector === "pii");
    expect(pii?.overall.expected).toBeGreaterThan(300);
    expect(pii?.overall.recall).toBeGreaterThanOrEqual(0.95);
    expect(pii?.overall.falsePositives).toBe(0);
  });

  it("has at least .6 of the injections found, and no harmless text", () => {
    const injection = reports.find((report) => report.detector === "injection");
    expect(injection?.overall.negatives).toBeGreaterThan(80);
    expect(injection?.overall.recall).toBeGreaterThanOrEqual(0.6);
    expect(injection?.overall.falsePositiveRate).toBe(0);
  });
});
