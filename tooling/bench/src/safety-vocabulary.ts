import { readdirSync, readFileSync } from "node:fs";

const sources = new URL("../src/", import.meta.resolve("@agentkit/safety"));
const folders = ["secrets", "pii", "injection", "exfiltration", "profanity", "urls"];

/**
 * The words in the published sources of each detector: keywords, names of fields, parts of patterns. Who wants to slow a detector
 * down reads them too.
 */
export function readVocabularies(): ReadonlyMap<string, readonly string[]> {
  return new Map(folders.map((folder) => [folder, readWords(new URL(`${folder}/`, sources))]));
}

function readWords(folder: URL): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.includes(".test."));
  const words = files.toSorted().flatMap((name) => {
    const source = readFileSync(new URL(name, folder), "utf8");
    const quoted = Array.from(source.matchAll(/["'`]([^"'`\n]{2,60})["'`]/g), ([, text = ""]) =>
      text.split(" "),
    ).flat();
    return [...quoted, ...(source.match(/[\p{L}_-]{3,}/gu) ?? [])];
  });
  return [...new Set(words)].filter((word) => word.length > 1);
}
