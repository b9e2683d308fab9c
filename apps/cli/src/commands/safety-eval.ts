import { AgentKitError } from "@agentkit/core";
import type { Detector } from "@agentkit/safety";
import { collect } from "../collect-option.ts";
import type { CliCommand } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { configuredDetectors } from "../safety/configured-detectors.ts";
import { printEvaluation } from "../safety/print-evaluation.ts";
import { readSets } from "../safety/read-sets.ts";

interface EvalFlags {
  readonly detector?: readonly string[];
  readonly threshold?: string;
  readonly category?: string;
  readonly harmless?: true;
}

/** `agentkit safety eval <sets…>`: how well detectors find what labelled texts hold, and how fast. */
export const safetyEvalCommand: CliCommand = {
  syntax: "eval <sets...>",
  description: "Measure detectors on labelled texts: files of JSONL or JSON, or directories of them",
  access: "none",
  configure: (command) => {
    command
      .option("--detector <id>", "only this one; may be given several times", collect)
      .option("--threshold <score>", "findings below it count as none, from 0 to 1; default: 0.5")
      .option("--category <name>", "what texts hold that are labelled without a category")
      .option("--harmless", "texts without labels hold nothing; default: where the name of their set says so");
  },
  async perform({ terminal, json, command, config }) {
    const { detector: wanted, threshold: written, category, harmless } = command.opts<EvalFlags>();
    const threshold = readThreshold(written);
    const detectors = choose(await configuredDetectors(config), wanted);
    const sets = await readSets(command.args, {
      ...(category !== undefined && { category }),
      ...(harmless === true && { isHarmless: true }),
    });
    const { evaluateDetectors } = await import("@agentkit/safety");
    const reports = evaluateDetectors(sets, detectors, { threshold, now: () => performance.now() });
    if (json) {
      const read = sets.map(({ name, categories, texts }) => ({ name, texts: texts.length, categories }));
      terminal.json({ threshold, sets: read, detectors: reports });
    } else printEvaluation(terminal, sets, reports);
    return exitCode.ok;
  },
};

function readThreshold(written = "0.5"): number {
  const threshold = Number(written);
  if (written.trim() !== "" && threshold >= 0 && threshold <= 1) return threshold;
  const message = `--threshold takes a score from 0 to 1, and not '${written}'.`;
  throw new AgentKitError("input_invalid", message, { param: "threshold" });
}

function choose(detectors: readonly Detector[], wanted: readonly string[] | undefined): readonly Detector[] {
  if (wanted === undefined) return detectors;
  const unknown = wanted.find((id) => detectors.every((detector) => detector.id !== id));
  if (unknown === undefined) return detectors.filter(({ id }) => wanted.includes(id));
  const message = `No detector is named '${unknown}'; there are ${detectors.map(({ id }) => id).join(", ")}.`;
  throw new AgentKitError("input_invalid", message, { param: "detector" });
}
