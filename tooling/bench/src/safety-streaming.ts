import type { Model, ModelStreamPart, SafetyScope } from "@agentkit/core";
import { createSafety, createSecretsDetector, createTextStream, type Dataset, scanText } from "@agentkit/safety";
import { createTextSource } from "./safety-random.ts";
import { readDevelopmentSets } from "./safety-sets.ts";
import { createDefaultPolicy } from "./safety-subjects.ts";
import { ordinaryTexts } from "./safety-texts.ts";
import { quantiles } from "./safety-time.ts";

/** What may not go out of a secret: so many characters in a row, or all of a shorter one. */
const leakLength = 20;
const mostHeld = 40;
const answers = 200;

const before = "Here is what you asked for, as far as I could find it in the old notes of the team. ";
const after = " I hope that this helps you to go on with the project. Tell me when you need more.";

const detector = createSecretsDetector();
const chance = createTextSource(11);

/** Measures the guard of a stream: what leaks, what it holds back, and when the first token goes out; says whether it holds. */
export async function measureStreaming(): Promise<boolean> {
  process.stdout.write("\n3. Secrets in a stream that comes in pieces of 1 to 7 characters.\n\n");
  const [secrets] = readDevelopmentSets();
  const passed = [secrets !== undefined && measureLeaks(secrets), measureHeld()];
  await measureFirstToken();
  return passed.every(Boolean);
}

function measureLeaks({ texts }: Dataset): boolean {
  const positives = texts.filter(({ categories }) => categories.length > 0).map(({ text }) => before + text + after);
  const found = positives.filter((text) => detector.detect(scanText(text), { source: "model" }).length > 0);
  const leaking = found.filter(leaks).length;
  const passed = leaking === 0;
  process.stdout.write(
    `${passed ? "PASS" : "MISS"} ${leaking} of ${found.length} secrets went out whole or in a part of ${leakLength} characters; 0 are wanted\n`,
  );
  return passed;
}

function leaks(text: string): boolean {
  const out = streamText(text).text;
  return detector.detect(scanText(text), { source: "model" }).some(({ start, end }) => {
    const secret = text.slice(start, end);
    const length = Math.min(leakLength, secret.length);
    return Array.from({ length: secret.length - length + 1 }, (_, at) => secret.slice(at, at + length)).some((part) =>
      out.includes(part),
    );
  });
}

function measureHeld(): boolean {
  const prose = ordinaryTexts[0]?.make(50_000) ?? "";
  const { held } = streamText(prose);
  const mean = held.reduce((sum, units) => sum + units, 0) / held.length;
  const passed = mean <= mostHeld;
  process.stdout.write(
    `${passed ? "PASS" : "MISS"} ${mean.toFixed(1)} characters of prose are held back on average, ${Math.max(...held)} at most; ${mostHeld} on average are allowed\n`,
  );
  return passed;
}

function streamText(text: string): { readonly text: string; readonly held: readonly number[] } {
  const stream = createTextStream({
    detectors: [detector],
    context: { source: "model" },
    // Not the category, which may be what was found: `service_account`.
    action: { kind: "redact", placeholder: () => "[[WITHHELD]]" },
  });
  const held: number[] = [];
  let out = "";
  for (let at = 0; at < text.length;) {
    const length = 1 + chance.below(7);
    out += stream.push(text.slice(at, at + length)).text;
    held.push(stream.held);
    at += length;
  }
  return { text: out + stream.end().text, held };
}

/** How long until the first text of an answer, and how many parts of the model's stream it takes, beside no guard. */
async function measureFirstToken(): Promise<void> {
  const bare = wordByWord();
  const policy = createDefaultPolicy();
  const safety = createSafety({ policy, key: new Uint8Array(32).fill(7) });
  const scope: SafetyScope = { session: "bench" };
  const times = { bare: [] as number[], guarded: [] as number[] };
  for (let round = -answers; round < answers; round += 1) {
    const [without, within] = [await firstToken(bare), await firstToken(safety.guard.model(bare, scope))];
    if (round < 0) continue;
    times.bare.push(without);
    times.guarded.push(within);
  }
  const [without, within] = [quantiles(times.bare), quantiles(times.guarded)];
  process.stdout.write(
    `     first text after ${without.median.toFixed(3)} ms without a guard and ${within.median.toFixed(3)} ms with it (median of ${answers}; 99 of 100 within ${within.p99.toFixed(3)} ms):\n` +
      `     a word goes out when the next one begins, since it could be the beginning of a match until then\n`,
  );
}

async function firstToken(model: Model): Promise<number> {
  const started = performance.now();
  const request = { model: "bench", instructions: before, input: [] };
  for await (const part of model.stream(request, { signal: new AbortController().signal })) {
    if (part.type === "text.delta" && part.delta !== "") return performance.now() - started;
  }
  return Number.NaN;
}

/** A model that gives the words of a text as fast as they are taken. */
function wordByWord(): Model {
  const item = { type: "message", id: "msg_1", role: "assistant", status: "completed" } as const;
  const text = before + after;
  return {
    description: "a text, word by word",
    async *stream(): AsyncGenerator<ModelStreamPart> {
      yield { type: "item.added", index: 0, item: { ...item, content: [] } };
      for (const delta of text.match(/\S+\s*/g) ?? []) yield { type: "text.delta", index: 0, contentIndex: 0, delta };
      const done = { ...item, content: [{ type: "output_text" as const, text, annotations: [] }] };
      yield { type: "item.done", index: 0, item: done };
      yield { type: "completed", response: { status: "completed", output: [done] } };
    },
  };
}
