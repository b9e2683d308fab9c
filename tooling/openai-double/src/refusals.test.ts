import OpenAI, { AuthenticationError } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenAIDouble } from "./index.ts";
import { functionCalls, reasoning, startOpenAIDouble, text } from "./index.ts";

const model = "gpt-test";

let double: OpenAIDouble;
let client: OpenAI;

beforeEach(async () => {
  double = await startOpenAIDouble({ apiKey: "sk-right-key-for-tests", models: [model] });
  client = new OpenAI({ baseURL: double.url, apiKey: "sk-right-key-for-tests", maxRetries: 0, timeout: 5_000 });
});

afterEach(async () => {
  await double.close();
});

async function post(body: string | Buffer<ArrayBuffer>, path = "/responses") {
  const answer = await fetch(`${double.url}${path}`, {
    method: "POST",
    headers: { authorization: "Bearer sk-right-key-for-tests" },
    body,
  });
  return { status: answer.status, body: await answer.json() };
}

describe("a request that is not valid", () => {
  it.each([
    [{ input: "x" }, { param: "model", code: "missing_required_parameter" }, "Missing required parameter: 'model'."],
    [{ model }, { param: "input", code: "missing_required_parameter" }, "Missing required parameter: 'input'."],
    [
      { model: 7, input: "x" },
      { param: "model", code: "invalid_type" },
      "expected a string, but got an integer instead.",
    ],
    [
      { model, input: 7 },
      { param: "input", code: "invalid_type" },
      "expected one of a string or an array, but got an integer instead.",
    ],
    [
      { model, input: ["x"] },
      { param: "input[0]", code: "invalid_type" },
      "expected an object, but got a string instead.",
    ],
    [
      { model, input: "x", stream: "yes" },
      { param: "stream", code: "invalid_type" },
      "expected a boolean, but got a string instead.",
    ],
    [
      { model, input: "x", temperature: 3 },
      { param: "temperature", code: "integer_above_max_value" },
      "Expected a value <= 2, but got 3",
    ],
    [
      { model, input: "x", max_output_tokens: 1 },
      { param: "max_output_tokens", code: "integer_below_min_value" },
      "value >= 16, but got 1",
    ],
    [
      { model, input: "x", colour: "red" },
      { param: "colour", code: "unknown_parameter" },
      "Unknown parameter: 'colour'.",
    ],
    [{ model, input: [{ type: "note" }] }, { param: "input[0].type", code: "invalid_value" }, "Invalid value: 'note'."],
    [
      { model, input: [{ role: "robot", content: "x" }] },
      { param: "input[0].role", code: "invalid_value" },
      "Invalid value: 'robot'.",
    ],
    [
      { model, input: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
      { param: "input[0].content[0].type", code: "invalid_value" },
      "Supported values are: 'input_text', 'input_image', 'input_file'.",
    ],
    [
      { model, input: [{ role: "assistant", content: [{ type: "input_text", text: "x" }] }] },
      { param: "input[0].content[0].type", code: "invalid_value" },
      "Supported values are: 'output_text', 'refusal'.",
    ],
    [
      { model, input: "x", tools: [{ type: "function" }] },
      { param: "tools[0].name", code: "missing_required_parameter" },
      "'tools[0].name'",
    ],
    [
      { model, input: "x", truncation: "middle" },
      { param: "truncation", code: "invalid_value" },
      "Invalid value: 'middle'.",
    ],
  ])("is refused with the field named: %j", async (body, error, message) => {
    const answer = await post(JSON.stringify(body));

    expect(answer).toMatchObject({ status: 400, body: { error } });
    expect(answer.body).toHaveProperty("error.message", expect.stringContaining(message));
  });

  it.each([
    ["broken JSON", "{"],
    ["an array", "[]"],
    ["nothing", ""],
    ["bytes that are not UTF-8", Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff]), Buffer.from('"}')])],
  ])("is refused when the body is %s", async (_, body) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { error: { type: "invalid_request_error", param: null, code: null } },
    });
  });

  it("is refused when a strict schema leaves out what strict mode asks for", async () => {
    const open = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const optional = { ...open, required: [], additionalProperties: false };
    const nested = { ...open, properties: { city: optional }, additionalProperties: false };

    const create = (parameters: Record<string, unknown>) =>
      client.responses.create({
        model,
        input: "x",
        tools: [{ type: "function", name: "go", strict: true, parameters }],
      });

    const refusal = { status: 400, code: "invalid_function_parameters", param: "tools[0].parameters" };
    await expect(create(open)).rejects.toMatchObject(refusal);
    await expect(create(optional)).rejects.toThrow("Missing 'city'");
    await expect(create(nested)).rejects.toThrow("In context=('properties', 'city')");
    const format = { type: "json_schema" as const, name: "answer", schema: open, strict: true };
    await expect(client.responses.create({ model, input: "x", text: { format } })).rejects.toMatchObject({
      code: "invalid_json_schema",
      param: "text.format.schema",
    });
  });
});

describe("a history that does not hold together", () => {
  const user = { role: "user" as const, content: "x" };
  const call = { type: "function_call" as const, call_id: "call_1", name: "add", arguments: "{}" };
  const output = { type: "function_call_output" as const, call_id: "call_1", output: "3" };

  it.each([
    ["an output without its call", [user, output], "No tool call found for function call output with call_id call_1."],
    ["an output before its call", [output, call], "No tool call found for function call output with call_id call_1."],
    ["a call without its output", [user, call], "No tool output found for function call call_1."],
  ])("is refused: %s", async (_, input, message) => {
    await expect(client.responses.create({ model, input })).rejects.toMatchObject({
      status: 400,
      param: "input",
      error: { message },
    });
  });

  it("is refused when a stored call is not answered by the next request", async () => {
    double.use({ when: "add", reply: functionCalls([{ name: "add", arguments: {} }]) });
    const first = await client.responses.create({ model, input: "add" });

    await expect(client.responses.create({ model, input: "Hm?", previous_response_id: first.id })).rejects.toThrow(
      "No tool output found for function call call_",
    );
  });

  it("is refused when a reasoning item and its follower are parted", async () => {
    double.use({ when: "think", reply: [reasoning("Hm."), text("Done.")] });
    const [thought, message] = (await client.responses.create({ model, input: "think" })).output;
    if (thought?.type !== "reasoning" || message?.type !== "message") {
      throw new Error("The double did not answer as scripted.");
    }

    const alone = client.responses.create({ model, input: [user, thought, user] });
    await expect(alone).rejects.toThrow(`Item '${thought.id}' of type 'reasoning' was provided without its required`);
    const orphan = client.responses.create({ model, input: [user, message, user] });
    await expect(orphan).rejects.toThrow(`without its required 'reasoning' item: '${thought.id}'`);
    const twice = client.responses.create({ model, input: [user, thought, message, thought, message, user] });
    await expect(twice).rejects.toThrow(`Duplicate item found with id ${thought.id}`);
    const whole = await client.responses.create({ model, input: [user, thought, message, user] });
    expect(whole.status).toBe("completed");
  });

  it("is refused when reasoning that was not stored comes back without its encrypted content, or with another's", async () => {
    double.use({ when: "think", reply: [reasoning("Hm."), text("Done.")] });
    const request = { model, store: false, include: ["reasoning.encrypted_content" as const] };
    const [thought, message] = (await client.responses.create({ ...request, input: "think" })).output;
    if (thought?.type !== "reasoning" || message?.type !== "message") {
      throw new Error("The double did not answer as scripted.");
    }
    const { encrypted_content: sealed, ...unsealed } = thought;

    expect(sealed).toMatch(/^gAAAA/);
    const bare = client.responses.create({ ...request, input: [user, unsealed, message, user] });
    await expect(bare).rejects.toMatchObject({ status: 404, param: "input" });
    const forged = { ...thought, encrypted_content: `${sealed}x` };
    const changed = client.responses.create({ ...request, input: [user, forged, message, user] });
    await expect(changed).rejects.toMatchObject({ status: 400, code: "invalid_encrypted_content" });
    const kept = await client.responses.create({ ...request, input: [user, thought, message, user] });
    expect(kept.status).toBe("completed");
  });

  it("is refused when it refers to what the server does not have", async () => {
    await expect(
      client.responses.create({ model, input: [{ type: "item_reference", id: "msg_unknown" }] }),
    ).rejects.toMatchObject({ status: 404 });
    await expect(client.responses.create({ model, input: "x", conversation: "conv_unknown" })).rejects.toMatchObject({
      status: 404,
    });
    await expect(
      client.responses.create({ model, input: "x", conversation: "conv_1", previous_response_id: "resp_1" }),
    ).rejects.toMatchObject({ status: 400, code: "mutually_exclusive_parameters" });
  });

  it("accepts a reference to a stored item", async () => {
    const first = await client.responses.create({ model, input: "One" });
    const id = first.output[0]?.id ?? "";

    const second = await client.responses.create({ model, input: [user, { type: "item_reference", id }, user] });

    expect(second.status).toBe("completed");
  });
});

describe("who and where", () => {
  it("refuses another key and no key with 401, and does not show the key", async () => {
    const wrong = client.withOptions({ apiKey: "sk-wrong-key-for-tests" });

    const failure = await wrong.responses.create({ model, input: "x" }).catch((thrown: unknown) => thrown);
    const none = await fetch(`${double.url}/models`);

    expect(failure).toBeInstanceOf(AuthenticationError);
    expect(failure).toMatchObject({ status: 401, code: "invalid_api_key" });
    expect(String(failure)).not.toContain("wrong");
    expect(none.status).toBe(401);
  });

  it("refuses an unknown model: 400 for a response, 404 for embeddings", async () => {
    await expect(client.responses.create({ model: "gpt-none", input: "x" })).rejects.toMatchObject({
      status: 400,
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    });
    await expect(client.embeddings.create({ model: "none", input: "x" })).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    });
    await expect(client.models.retrieve("gpt-none")).rejects.toMatchObject({ status: 404 });
  });

  it("answers 404 for an unknown path and 405 for another method", async () => {
    expect(await post("{}", "/nowhere")).toMatchObject({ status: 404, body: { error: { code: null } } });
    expect(await post("{}", "/constructor")).toMatchObject({ status: 404 });
    expect(await post("{}", "/models")).toMatchObject({ status: 405 });
  });

  it("lists the models", async () => {
    const { data } = await client.models.list();

    expect(data).toMatchObject([{ id: model, object: "model" }]);
    expect(await client.models.retrieve(model)).toMatchObject({ id: model });
  });
});
