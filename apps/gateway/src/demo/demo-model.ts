import { setTimeout as sleep } from "node:timers/promises";
import {
  AgentKitError,
  canonicalJson,
  contentHash,
  estimateTokens,
  type FunctionCallItem,
  type Item,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type ModelStreamPart,
} from "@agentkit/core";
import { type DemoCall, planDemoAnswer } from "./plan-demo-answer.ts";

/** The name the demo model answers under, and by which it can be asked for without an agent. */
export const demoModelName: string = "agentkit-demo";

/** Options of {@link createDemoModel}. */
export interface DemoModelOptions {
  /** The model names it stands in for, besides its own. */
  readonly standsInFor: readonly string[];
  /** Milliseconds between two words. Default 20. */
  readonly wordDelayMs?: number;
}

/**
 * The model that answers when there is neither a key nor a base URL: no language model, but a deterministic program that
 * knows a few phrases, really uses the tools, and says in every answer what it is. No network, clock or randomness.
 *
 * @example
 * ```ts
 * import { createAgentKit, createInMemoryEventLog } from "@agentkit/core";
 * import { createDemoAgent, createDemoModel } from "@agentkit/gateway";
 *
 * const kit = createAgentKit({
 *   log: createInMemoryEventLog(),
 *   model: createDemoModel({ standsInFor: ["gpt-5.1"] }),
 *   agents: [createDemoAgent({ model: "gpt-5.1", dataDirectory: "./.agentkit" })],
 * });
 * const { text } = await kit.run({ input: "What is 6 * 7?" }); // 6 * 7 = 42. [offline demo model, not a language model]
 * ```
 */
export function createDemoModel({ standsInFor, wordDelayMs = 20 }: DemoModelOptions): Model {
  const names = new Set([demoModelName, ...standsInFor]);
  return {
    description: `DEMO: ${demoModelName}, an offline demo model, not a language model`,
    async *stream(request, { signal }) {
      if (!names.has(request.model)) throw unknownModel(request.model);
      const pace = async (): Promise<void> => pause(wordDelayMs, signal);
      await pace();
      yield* answer(request, pace);
    },
    list: async () => [{ id: demoModelName, ownedBy: "agentkit" }],
  };
}

function unknownModel(name: string): AgentKitError {
  const message = `The offline demo model does not stand in for '${name}'. Set OPENAI_API_KEY or OPENAI_BASE_URL.`;
  return new AgentKitError("model_not_found", message, { param: "model" });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    throw new AgentKitError("aborted", "The demo model was told to stop.", { cause: error });
  }
}

async function* answer(request: ModelRequest, pace: () => Promise<void>): AsyncGenerator<ModelStreamPart> {
  // Ids come from the request, so that the same request has the same answer to the last byte.
  const id = contentHash(canonicalJson(request)).slice(-24);
  const plan = planDemoAnswer(request);
  if (plan.type === "calls") {
    const items = plan.calls.map((call, index) => toCallItem(call, `${id}${index}`));
    for (const [index, item] of items.entries()) yield* playCall(item, index);
    yield { type: "completed", response: toResponse(request, items, id) };
    return;
  }
  const words = plan.text.match(/\s*\S+/g) ?? [];
  const limit = request.settings?.["max_output_tokens"];
  const spoken = typeof limit === "number" ? words.slice(0, limit) : words;
  const item = toMessage(spoken.join(""), `msg_${id}`);
  yield { type: "item.added", index: 0, item: { ...item, status: "in_progress", content: [] } };
  for (const delta of spoken) {
    yield { type: "text.delta", index: 0, contentIndex: 0, delta };
    await pace();
  }
  const cut = spoken.length < words.length;
  const finished = { ...item, status: cut ? "incomplete" : "completed" };
  yield { type: "item.done", index: 0, item: finished };
  const response = toResponse(request, [finished], id);
  const ending = cut ? { status: "incomplete" as const, incompleteReason: "max_output_tokens" } : {};
  yield { type: "completed", response: { ...response, ...ending } };
}

function* playCall(item: FunctionCallItem, index: number): Generator<ModelStreamPart> {
  yield { type: "item.added", index, item: { ...item, arguments: "", status: "in_progress" } };
  yield { type: "arguments.delta", index, delta: item.arguments };
  yield { type: "item.done", index, item };
}

function toCallItem(call: DemoCall, id: string): FunctionCallItem {
  const { name } = call;
  const text = JSON.stringify(call.arguments);
  return { type: "function_call", id: `fc_${id}`, call_id: `call_${id}`, name, arguments: text, status: "completed" };
}

function toMessage(text: string, id: string): Item {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { type: "message", id, role: "assistant", status: "completed", content };
}

function toResponse(request: ModelRequest, output: readonly Item[], id: string): ModelResponse {
  return {
    id: `resp_demo_${id}`,
    model: demoModelName,
    status: "completed",
    output,
    usage: {
      uncachedInputTokens: countTokens(request.input),
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: countTokens(output),
      reasoningTokens: 0,
    },
  };
}

function countTokens(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + estimateTokens(item), 0);
}
