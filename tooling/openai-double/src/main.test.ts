import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

describe("the double by hand", () => {
  it("prints its base URL, calls the tools a person names, and ends when told to", async () => {
    const child = spawn(process.execPath, [main, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const printed: unknown[] = await once(createInterface(child.stdout), "line");
    const client = new OpenAI({ baseURL: String(printed[0]), apiKey: "any", maxRetries: 0, timeout: 5_000 });

    const response = await client.responses.create({
      model: "any",
      input: "Please get weather for Oslo",
      tools: [
        {
          type: "function",
          name: "get_weather",
          strict: true,
          parameters: {
            type: "object",
            properties: { city: { type: "string" }, unit: { enum: ["celsius", "kelvin"] }, days: { type: "integer" } },
            required: ["city", "unit", "days"],
            additionalProperties: false,
          },
        },
      ],
    });
    child.kill("SIGTERM");

    expect(response.output).toMatchObject([{ type: "function_call", name: "get_weather" }]);
    expect(response.output[0]).toHaveProperty("arguments", '{"city":"Please for Oslo","unit":"celsius","days":1}');
    expect(await exited).toEqual([0, null]);
  });

  it("refuses a port that is none", async () => {
    const child = spawn(process.execPath, [main, "--port", "north"], { stdio: "ignore" });

    expect(await once(child, "exit")).toEqual([2, null]);
  });
});
