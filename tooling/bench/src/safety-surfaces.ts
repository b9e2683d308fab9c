import { type EvaluationContext, evaluate } from "@agentkit/safety";
import { createDefaultPolicy } from "./safety-subjects.ts";
import { ordinaryTexts } from "./safety-texts.ts";
import { quantiles } from "./safety-time.ts";

const rounds = 600;
/** Rounds that are run and not counted, in which the code is compiled. */
const warmUpRounds = 300;
/** Milliseconds at the median. */
const allowed = 1;

/** Measures the default policy on messages of 1 KB, surface by surface; says whether the median is within the limit. */
export function measureSurfaces(): boolean {
  const policy = createDefaultPolicy();
  const surfaces = [...new Set(policy.rules.flatMap(({ rule }) => rule.surfaces))];
  process.stdout.write(
    `\n2. The default policy on a message of 1 KB (${ordinaryTexts.map(({ name }) => name).join(", ")} by turns), in milliseconds.\n` +
      `   At most ${allowed} at the median.\n\n`,
  );
  return surfaces.map((surface) => measureSurface(policy, surface)).every(Boolean);
}

function measureSurface(
  policy: ReturnType<typeof createDefaultPolicy>,
  surface: EvaluationContext["surface"],
): boolean {
  // Cut out of a long text at different places, so that no message is like the one before.
  const sources = ordinaryTexts.map((text) => text.make(200_000));
  const times: number[] = [];
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const source = sources[Math.abs(round) % sources.length] ?? "";
    const at = (Math.abs(round) * 211) % (source.length - 1_024);
    const message = source.slice(at, at + 1_024);
    const started = performance.now();
    evaluate(policy, message, { surface });
    if (round >= 0) times.push(performance.now() - started);
  }
  const { median, p99 } = quantiles(times);
  const passed = median <= allowed;
  const cells = [`median ${median.toFixed(3)}`, `p99 ${p99.toFixed(3)}`];
  process.stdout.write(
    `${passed ? "PASS" : "MISS"} ${surface.padEnd(20)}${cells.map((cell) => cell.padStart(16)).join("")}\n`,
  );
  return passed;
}
