import { defineAgent } from "@agentkit/core";
import { error, functionCalls, startOpenAIDouble, text } from "@agentkit/openai-double";
import type OpenAI from "openai";
import { APIError } from "openai";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, readDirectory } from "./data-directory.test.support.ts";
import { findTraces, type Haystack } from "./find-traces.ts";
import { startGateway } from "./gateway-scene.ts";
import { openLeakyOffice } from "./leaky-office.ts";
import { createPlanter, type Planter } from "./planter.ts";
import { personalKinds } from "./plants.ts";

/** What was planted and is in the bytes, with what it is. */
function leftIn(haystacks: readonly Haystack[], { planted }: Planter): readonly string[] {
  return findTraces(haystacks, planted.keys()).map(
    ({ value, form, place }) => `${planted.get(value)?.kind} (${form}) in ${place}: ${value}`,
  );
}

/** Asks for a response and gives its text, or the error that came in its place. */
async function answerOf(asked: Promise<OpenAI.Responses.Response>): Promise<string> {
  try {
    const { output, error: failure } = await asked;
    return JSON.stringify({ output, failure });
  } catch (thrown) {
    if (!(thrown instanceof APIError)) throw thrown;
    return JSON.stringify([thrown.message, thrown.error, thrown.headers instanceof Headers ? [...thrown.headers] : []]);
  }
}

async function startLeakyDouble(plant: Planter) {
  const double = await startOpenAIDouble({
    rules: [
      { when: "break", reply: () => error({ status: 500, message: `Broke at ${plant.next()}.` }) },
      { when: "refuse", reply: () => error({ status: 400, message: `Cannot take ${plant.next()}.` }) },
      {
        when: "work",
        reply: () =>
          functionCalls(
            ["look_up", "break_down", "read_much", "send"].map((name) => ({ name, arguments: { text: plant.next() } })),
          ),
      },
      { reply: () => text(`Here is ${plant.next()}, and ${plant.next()}.`) },
    ],
  });
  onTestFinished(async () => double.close());
  return double;
}

describe("a gateway that is full of secrets and personal data", () => {
  it("keeps none of them, logs none, and tells no secret to anybody", async () => {
    const directory = newDirectory();
    const plant = createPlanter(21);
    const double = await startLeakyDouble(plant);
    const { agents } = openLeakyOffice(plant);
    const definition = { agents, safety: { secrets: plant.known } };
    const answers: string[] = [];
    const started = await startGateway({ directory, definition, baseURL: double.url });
    const { client, lines, runtime } = started;
    const replays: string[] = [];
    try {
      for (let round = 0; round < 4; round += 1) {
        const conversation = await client.conversations.create({ metadata: { note: plant.next() } });
        for (const word of ["hello", "work", "break", "refuse"]) {
          const request = {
            model: "desk",
            conversation: conversation.id,
            input: `${word} ${plant.next()}`,
            instructions: plant.next(),
            metadata: { note: plant.next() },
            user: plant.next(),
            prompt_cache_key: plant.next(),
            tools: [
              { type: "function" as const, name: "theirs", description: plant.next(), parameters: null, strict: null },
            ],
          };
          answers.push(await answerOf(client.responses.create(request)));
          answers.push(await answerOf(client.responses.stream(request).finalResponse()));
        }
        const last = await client.responses.create({ model: "desk", input: plant.next() });
        answers.push(await answerOf(client.responses.retrieve(last.id)));
        replays.push((await runtime.kit.replay(conversation.id.replace("conv_", ""))).status);
      }
    } finally {
      await started[Symbol.asyncDispose]();
    }
    expect(replays).toEqual(["identical", "identical", "identical", "identical"]);
    expect(leftIn(readDirectory(directory), plant)).toEqual([]);
    expect(lines.length).toBeGreaterThan(30);
    expect(leftIn([{ place: "the lines", bytes: Buffer.from(lines.join("\n")) }], plant)).toEqual([]);
    // What a person says comes back to that person; secrets come back to nobody.
    const told = leftIn([{ place: "the answers", bytes: Buffer.from(answers.join("\n")) }], plant);
    expect(told.filter((trace) => !personalKinds.some((kind) => trace.startsWith(`${kind} (`)))).toEqual([]);
    expect(told.some((trace) => trace.startsWith("email ("))).toBe(true);
    const sent = Buffer.from(JSON.stringify(double.requests.map(({ body }) => body)));
    expect(double.requests.length).toBeGreaterThan(30);
    expect(leftIn([{ place: "what the model was sent", bytes: sent }], plant)).toEqual([]);
  }, 60_000);

  it("writes nothing down of a request that it refuses", async () => {
    const directory = newDirectory();
    const plant = createPlanter(22);
    const agents = [defineAgent({ name: "desk", model: "m" })];
    const double = await startLeakyDouble(plant);
    const started = await startGateway({ directory, definition: { agents, models: [] }, baseURL: double.url });
    const bodies = Array.from({ length: 40 }, (_, index) => [
      JSON.stringify({ model: plant.next(), input: "Hi" }),
      JSON.stringify({ model: "desk", input: "Hi", [plant.next()]: 1 }),
      JSON.stringify({ model: "desk", input: "Hi", previous_response_id: plant.next() }),
      JSON.stringify({ model: "desk", input: "Hi", conversation: plant.next() }),
      JSON.stringify({ model: "desk", input: [{ type: plant.next() }] }),
      `{"model": "desk", "input": "${plant.of("github token")}`,
      index,
    ]).flatMap((each) => each.filter((body) => typeof body === "string"));
    try {
      for (const body of bodies) {
        const headers = { "content-type": "application/json" };
        const answer = await fetch(`${started.url}/v1/responses`, { method: "POST", headers, body });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        await answer.text();
      }
      for (const kind of ["github token", "openai key", "stripe key", "gitlab token"]) {
        const answer = await fetch(`${started.url}/v1/responses/${plant.of(kind)}`);
        expect(answer.status).toBe(404);
        await answer.text();
      }
    } finally {
      await started[Symbol.asyncDispose]();
    }
    expect(leftIn(readDirectory(directory), plant)).toEqual([]);
    expect(leftIn([{ place: "the lines", bytes: Buffer.from(started.lines.join("\n")) }], plant)).toEqual([]);
  });
});
