import { type Agent, defineAgent } from "@agentkit/core";
import { createDemoTools, type DemoToolsOptions } from "./demo-tools.ts";

/** What the built-in agent is made of. */
export interface DemoAgentOptions extends DemoToolsOptions {
  /** The model it asks for. The offline demo model answers in the place of any. */
  readonly model: string;
}

/** The instructions of the built-in agent. */
export const demoInstructions: string = `You are a helpful assistant with a few tools on the user's own machine.
Use a tool where it gives a better answer than you can: the time, arithmetic, the user's notes, a payment.
Send a payment only when the user asks for it plainly. Answer briefly.`;

/**
 * The agent that is there when no other is configured. Its definition depends on the model's name only, never on the network
 * or on this machine, so that a session of it replays identically everywhere.
 */
export function createDemoAgent(options: DemoAgentOptions): Agent {
  return defineAgent({
    name: "assistant",
    description: "Tells the time, calculates, keeps notes, and sends demonstration payments.",
    model: options.model,
    instructions: demoInstructions,
    tools: createDemoTools(options),
  });
}
