import { startOpenAIDouble, text } from "@agentkit/openai-double";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { agentkit, agentkitJson, containing, emptyDirectory, runPrompt } from "./agentkit.test.support.ts";

// Each test starts several processes, and a busy machine takes its time for each.
vi.setConfig({ testTimeout: 60_000 });

describe("a model's server that is configured", () => {
  it("lets its own models be named besides the agents, and what they did can be looked into offline", async () => {
    const double = await startOpenAIDouble({ models: ["gpt-5.1", "other"], rules: [{ reply: text("Yes.") }] });
    onTestFinished(async () => double.close());
    const variables = { OPENAI_BASE_URL: double.url, OPENAI_API_KEY: "any" };
    const place = { directory: await emptyDirectory(), variables };

    const session = await runPrompt(place, "hello", "--agent", "other");
    const fork = await agentkitJson(place, "fork", session, "--at", "1", "--model", "gpt-5.1", "--agent", "other");
    const [, forked = ""] = /"session":"([^"]+)"/.exec(JSON.stringify(fork)) ?? [];

    for (const words of [
      ["run", "hello", "--agent", "nope"],
      ["fork", session, "--agent", "nope"],
    ]) {
      expect(await agentkit(place, ...words)).toMatchObject({
        code: 3,
        stderr: containing("error agent_not_found: No agent named 'nope' is configured"),
      });
    }
    expect(await agentkit(place, "fork", session, "--model", "nope")).toMatchObject({
      code: 3,
      stderr: containing("Agents: assistant. Models: gpt-5.1, other."),
    });
    expect(await agentkitJson(place, "sessions")).toMatchObject({ sessions: [{}, {}] });

    await double.close();
    const offline = { directory: place.directory };
    expect(await agentkit(offline, "replay", session)).toMatchObject({ code: 0, stdout: containing("identical") });
    expect(await agentkit(offline, "resume", session)).toMatchObject({ code: 0 });
    expect(await agentkit(offline, "diff", session, forked)).toMatchObject({ code: 0 });
  });
});
