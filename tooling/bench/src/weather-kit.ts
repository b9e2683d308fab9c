import { createAgentKit, defineAgent, defineTool } from "@agentkit/core";
import type { AgentKit, ContextWindow, EventLog } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { z } from "zod";
import { answer, toolResult } from "./session-growth-turns.ts";

/**
 * A kit whose turns are question, tool call, tool, answer, with a model that answers at once.
 *
 * @param turn The number of the turn under way.
 */
export function createWeatherKit(log: EventLog, turn: () => number, window?: ContextWindow): AgentKit {
  const model = scriptedModel((_request, index) =>
    index % 2 === 0 ? { calls: [{ name: "weather", arguments: { city: turn() } }] } : { text: answer(turn()) },
  );
  const weather = defineTool({
    name: "weather",
    description: "Looks up the weather.",
    input: z.object({ city: z.number() }),
    sideEffects: "none",
    run: ({ city }) => toolResult(city),
  });
  const agent = defineAgent({
    name: "bench",
    model: "scripted",
    instructions: "Answer the question.",
    tools: [weather],
    ...(window && { window }),
  });
  return createAgentKit({ log, model, agents: [agent] });
}
