import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Detector } from "../detectors/detector.ts";
import { createInjectionDetector } from "../injection/create-injection-detector.ts";
import { createPiiDetector } from "../pii/create-pii-detector.ts";
import { createSecretsDetector } from "../secrets/secrets-detector.ts";
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

  it("tells sets apart, and calls what it finds where nothing of it was looked for neither right nor wrong", () => {
    const sets = [
      parseDataset(
        "first",
        '{"text":"bad","label":1,"category":"style.bad"}\n{"text":"good","label":0,"category":"style.bad"}',
      ),
      parseDataset("second", '{"text":"bad","categories":[]}\n{"labelled":["style.bad"]}'),
      parseDataset("other", '{"text":"bad","categories":["pii.email"]}\n{"text":"good","categories":["pii.email"]}'),
    ];
    const [report] = evaluateDetectors(sets, [detector], { now });
    expect(report?.sets.map(({ set, recall, falsePositiveRate }) => [set, recall, falsePositiveRate])).toEqual([
      ["first", 1, 0],
      ["second", undefined, 1],
    ]);
    expect(report?.elsewhere).toEqual([{ set: "other", texts: 2, found: 1 }]);
    expect(report?.overall).toMatchObject({ expected: 1, falsePositives: 1 });
    expect(report?.latency.texts).toBe(5);
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
  const names = ["secrets-dev.base64", "pii-dev", "injection-dev", "injection-benign-dev"];
  const sets = names.map((name) =>
    parseDataset(name, readFileSync(new URL(`../../testdata/${name}.jsonl`, import.meta.url), "utf8")),
  );
  const detectors = [createSecretsDetector(), createPiiDetector(), createInjectionDetector()];
  const [secrets, pii, injection] = evaluateDetectors(sets, detectors, { now });

  it("have at least .95 of the secrets found, at most .06 of what is none, and nothing in other texts", () => {
    expect(secrets?.overall.expected).toBeGreaterThan(130);
    expect(secrets?.overall.recall).toBeGreaterThanOrEqual(0.95);
    expect(secrets?.overall.falsePositiveRate).toBeLessThanOrEqual(0.06);
    expect(secrets?.elsewhere.map(({ set, found }) => [set, found])).toEqual(names.slice(1).map((name) => [name, 0]));
  });

  it("have at least .95 of the structured personal data found, and nothing else", () => {
    expect(pii?.overall.expected).toBeGreaterThan(300);
    expect(pii?.overall.recall).toBeGreaterThanOrEqual(0.95);
    expect(pii?.overall.falsePositives).toBe(0);
  });

  it("have at least .6 of the injections found, and no harmless text", () => {
    expect(injection?.overall.negatives).toBeGreaterThan(80);
    expect(injection?.overall.recall).toBeGreaterThanOrEqual(0.6);
    expect(injection?.overall.falsePositiveRate).toBe(0);
  });
});
