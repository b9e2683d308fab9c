import type { Agent, Model } from "@agentkit/core";
import type { LoadedConfig } from "../config/load-config.ts";
import { createDemoModel } from "../demo/demo-model.ts";

/** The model that answers, and whether it is the offline demo. */
export interface ChosenModel {
  readonly model: Model;
  readonly demo: boolean;
}

/** The configuration's own model; else a Responses server, when a key or a base URL is given; else the offline demo model. */
export async function chooseModel(config: LoadedConfig, agents: readonly Agent[]): Promise<ChosenModel> {
  const { definition, environment } = config;
  if (definition.model !== undefined) return { model: definition.model, demo: false };
  const { apiKey, baseURL } = environment;
  if (apiKey === undefined && baseURL === undefined) {
    return { model: createDemoModel({ standsInFor: agents.map((agent) => agent.model) }), demo: true };
  }
  // Loaded here, because the SDK takes a third of a command's start and most commands ask no model.
  const { createOpenAIModel } = await import("@agentkit/openai");
  // A server of one's own may need no key, and the SDK insists on one.
  const model = createOpenAIModel({ apiKey: apiKey ?? "none", ...(baseURL !== undefined && { baseURL }) });
  return { model, demo: false };
}
