import { defineAgent, isMessage, messageText, type Model, type ModelStreamPart } from "@agentkit/core";
import { slow, stall, startOpenAIDouble, text } from "@agentkit/openai-double";
import { createCustomDetector, createSecretsDetector, type SafetyPolicyDefinition, scanText } from "@agentkit/safety";
import { readFileSync } from "node:fs";
import type OpenAI from "openai";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { findTraces } from "./find-traces.ts";
import { type GatewayScene, startGateway } from "./gateway-scene.ts";
import { createPlanter } from "./planter.ts";
import { createRandom } from "./random.ts";

const random = createRandom(31);
const before = "Here is what you asked for, as far as I could find it in the old notes of the team. ";
const after = " I hope that this helps you to go on with the project. Tell me when you need more.";

/** A model that says the newest text of the user again, in chunks of 1 to 7 units. */
const echo: Model = {
  description: "says it again in small pieces",
  async *stream({ input }): AsyncGenerator<ModelStreamPart, void> {
    const asked = input.findLast(isMessage);
    const said = answers[Number(asked && messageText(asked))] ?? "";
    const item = { type: "message", role: "assistant", id: "msg_1", status: "in_progress", content: [] };
    yield { type: "item.added", index: 0, item };
    for (let at = 0; at < said.length;) {
      const length = 1 + random.below(7);
      yield { type: "text.delta", index: 0, contentIndex: 0, delta: said.slice(at, at + length) };
      at += length;
    }
    const content = [{ type: "output_text", text: said, annotations: [] }];
    const done = { ...item, status: "completed", content };
    yield { type: "item.done", index: 0, item: done };
    yield { type: "completed", response: { status: "completed", output: [done] } };
  },
};

const exampleSchema = z.object({ label: z.number(), text: z.string() });

/** The positives of the development set. */
function readPositives(): readonly string[] {
  const path = new URL("../../../packages/safety/testdata/secrets-dev.base64.jsonl", import.meta.url);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines
    .map((line) => exampleSchema.parse(JSON.parse(Buffer.from(line.replaceAll('"', ""), "base64").toString("utf8"))))
    .filter(({ label }) => label === 1)
    .map(({ text: positive }) => positive);
}

/** Every positive of the set, several in one answer. */
function toAnswers(texts: readonly string[], inEach: number): readonly string[] {
  return Array.from({ length: Math.ceil(texts.length / inEach) }, (_, index) =>
    texts
      .slice(index * inEach, (index + 1) * inEach)
      .map((each) => before + each + after)
      .join("\n"),
  );
}

const plant = createPlanter(32);
const answers = [
  ...toAnswers(readPositives(), 12),
  ...toAnswers(
    Array.from({ length: 60 }, () => plant.next()),
    12,
  ),
];

function partsOf(secret: string): readonly string[] {
  if (secret.length <= 20) return [secret];
  return Array.from({ length: secret.length - 19 }, (_, at) => secret.slice(at, at + 20));
}

/** What a client is told while an answer comes: every text in its events, in order, and the events themselves. */
async function follow(client: OpenAI, input: string) {
  let said = "";
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of await client.responses.create({ model: "desk", input, stream: true })) {
    events.push(event);
    if (event.type === "response.output_text.delta") said += event.delta;
  }
  return { said, events };
}

const agents = [defineAgent({ name: "desk", model: "m", limits: { retryDelayMs: 0 } })];

async function open(options: Omit<Parameters<typeof startGateway>[0], "directory">) {
  const directory = newDirectory();
  const started: GatewayScene = await startGateway({ directory, ...options });
  onTestFinished(async () => started[Symbol.asyncDispose]());
  return { directory, ...started };
}

describe("an answer that is streamed through the gateway", () => {
  it("lets no secret out in part or whole, in no event, however it is cut", async () => {
    const { client } = await open({ definition: { agents, model: echo, safety: { secrets: plant.known } } });
    const detector = createSecretsDetector({ known: plant.known });
    let secrets = 0;
    for (const [index, answer] of answers.entries()) {
      const found = detector.detect(scanText(answer), { source: "model" });
      const parts = found.flatMap(({ start, end }) => partsOf(answer.slice(start, end)));
      secrets += found.length;
      const { said, events } = await follow(client, String(index));
      const told = said + JSON.stringify(events);
      expect(parts.filter((part) => told.includes(part)).length, `parts of secrets in answer ${index}`).toBe(0);
      expect(events.at(-1)?.type).toBe("response.completed");
      // What is no secret is said.
      expect(said.split(after).length).toBeGreaterThan(answer.split(after).length * 0.9);
      expect(said).toContain("[[SECRET:");
    }
    expect(secrets).toBeGreaterThan(150);
  }, 60_000);

  it("ends where something is blocked, in the protocol's own terms, and breaks the request off", async () => {
    const detector = createCustomDetector({
      id: "words",
      version: "1",
      patterns: [{ rule: "launch", category: "words.launch", pattern: "launch code is \\d+" }],
    });
    const rule = {
      id: "no-launch-codes",
      detector: "custom:words",
      surfaces: ["model_output", "append"],
      action: "block",
      onFailure: "closed",
    } as const;
    const policy: SafetyPolicyDefinition = { id: "launch", version: "1", rules: [rule] };
    const secret = "4815162342";
    const double = await startOpenAIDouble({
      rules: [
        {
          reply: [
            text(`It is quiet here. The launch code is ${secret}. ${after}`),
            slow({}),
            stall({ afterEvents: 26 }),
          ],
        },
      ],
    });
    onTestFinished(async () => double.close());
    const definition = { agents, safety: { policy, detectors: [detector] } };
    const { client, directory } = await open({ definition, baseURL: double.url });
    const { said, events } = await follow(client, "Hi");
    expect(said).toMatch(/^It is quiet here\./);
    expect(said + JSON.stringify(events)).not.toContain(secret);
    const last = events.at(-1);
    expect(last?.type).toBe("response.incomplete");
    if (last?.type !== "response.incomplete") return;
    expect(last.response.incomplete_details).toEqual({ reason: "content_filter" });
    expect(last.response.output).toMatchObject([{ type: "message", status: "incomplete" }]);
    expect(JSON.stringify(last.response.output)).toContain('"refusal"');
    expect(await double.requests[0]?.outcome).toBe("aborted");
    expect(findTraces(readDirectory(directory), [secret])).toEqual([]);
  });
});
