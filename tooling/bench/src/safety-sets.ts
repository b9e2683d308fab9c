import { readFileSync } from "node:fs";
import { type Dataset, parseDataset } from "@agentkit/safety";

const names = ["secrets-dev.base64", "pii-dev", "injection-dev", "injection-benign-dev"];

/** Reads the labelled sets of the package's repository. The secrets stay encoded in the file, and are never printed. */
export function readDevelopmentSets(): readonly Dataset[] {
  const folder = new URL("../testdata/", import.meta.resolve("@agentkit/safety"));
  return names.map((name) =>
    parseDataset(name, readFileSync(new URL(`${name}.jsonl`, folder), "utf8"), {
      ...(name.startsWith("secrets") && { category: "secret" }),
    }),
  );
}
