import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyDirectory, type Place } from "./agentkit.test.support.ts";

const config = `import { defineAgent } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { defineConfig } from "@agentkit/gateway";
import { createCustomDetector } from "@agentkit/safety";

const words = ["forbidden", "doubtful", "private", "odd"].map((word) => ({ rule: word, category: "word." + word, pattern: word }));
const detectors = [createCustomDetector({ id: "words", version: "1", patterns: words })];
const agents = [defineAgent({ name: "desk", model: "scripted" })];
export default defineConfig({ agents, model: scriptedModel(() => ({ text: "Well." })), safety: { policy: "policy.yaml", detectors } });
`;

/** A rule of a policy about a word that a user says. */
export const rule = (word: string, action: string): string =>
  `  - { id: no-${word}, detector: 'custom:words', categories: [word.${word}], surfaces: [user_input], action: ${action}, onFailure: closed }`;

/** A policy in YAML, its first rule in line 4. */
export const policyText = (...rules: readonly string[]): string =>
  ["id: house", 'version: "1"', "rules:", ...rules, ""].join("\n");

const inForce = policyText(rule("forbidden", "block"), rule("doubtful", "require_approval"), rule("private", "redact"));

/** A place whose policy blocks, holds and redacts a word each, and whose model says the same to everything. */
export async function house(): Promise<Place> {
  const directory = await emptyDirectory();
  await writeFile(join(directory, "agentkit.config.ts"), config);
  await writeFile(join(directory, "policy.yaml"), inForce);
  return { directory };
}
