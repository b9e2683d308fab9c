/**
 * What safety costs, and what it finds: detectors on ordinary text and on text made to be slow; the whole default policy on a
 * message; secrets in a stream; the labelled sets.
 *
 *     pnpm --filter @agentkit/bench bench:safety                    everything
 *     pnpm --filter @agentkit/bench bench:safety --detector pii     one detector on text made to be slow
 *
 * Ends with exit code 1 when a limit is missed.
 */
import { parseArgs } from "node:util";
import { measureAccuracy } from "./safety-accuracy.ts";
import { measureGrowth } from "./safety-growth.ts";
import { measureStreaming } from "./safety-streaming.ts";
import { measureSurfaces } from "./safety-surfaces.ts";

const { values: options } = parseArgs({ options: { detector: { type: "string" } } });
const passed = [measureGrowth(options.detector)];
if (options.detector === undefined) passed.push(measureSurfaces(), await measureStreaming(), measureAccuracy());
process.exitCode = passed.every(Boolean) ? 0 : 1;
