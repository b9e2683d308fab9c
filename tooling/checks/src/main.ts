import { gates } from "./gates/gates.ts";
import { runGate, type GateResult } from "./gates/run-gate.ts";
import { summarise } from "./gates/summarise.ts";

// Everything `npm test` checks, in order. Names given as arguments run only those gates: `pnpm check lint "unit tests"`.
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !gates.some((gate) => gate.name === name));
if (unknown.length > 0) {
  const known = gates.map((gate) => gate.name).join(", ");
  process.stderr.write(`No gate is named ${unknown.join(", ")}; the gates are ${known}.\n`);
  process.exit(2);
}

// Ending here also stops the gate that is running.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const results: GateResult[] = [];
for (const gate of gates.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const result = await runGate(gate);
  results.push(result);
  if (!result.ok) process.stdout.write(`${result.output.trimEnd()}\n`);
  process.stdout.write(`${result.line}\n`);
}
const summary = summarise(results);
process.stdout.write(`${summary.line}\n`);
process.exitCode = summary.failed === 0 ? 0 : 1;
