import { createAgentKit, createInMemoryEventLog, defineAgent, defineTool } from "@agentkit/core";
import type { Agent, AgentKit, Clock, EventLog, Model, Safety } from "@agentkit/core";
import OpenAI from "openai";
import { z } from "zod";
import { createGateway } from "./gateway.ts";
import type { Gateway, GatewayOptions } from "./gateway.ts";
import { createModelAccess } from "./models/model-access.ts";
import { serveGateway } from "./serve-gateway.ts";

/** A gateway on a socket, for tests: an in-memory log and the official SDK as its client. */
export interface TestGateway {
  readonly gateway: Gateway;
  readonly kit: AgentKit;
  readonly log: EventLog;
  readonly url: string;
  readonly client: OpenAI;
  /** How many events the log holds. */
  countEvents(): Promise<number>;
  /** Closes the server and leaves the log open. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, "kit" | "model" | "safety">> {
  readonly model: Model;
  readonly safety?: Safety;
  /** Names of models let through besides the agents. Default: none. */
  readonly names?: readonly string[] | undefined;
  readonly clock?: Clock;
}

/** Adds two numbers. */
const addTool = defineTool({
  name: "add",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  sideEffects: "none",
  run: ({ a, b }) => a + b,
});

/** An agent without instructions, and one with a tool. Neither waits before it tries again. */
export const testAgents: readonly Agent[] = [
  defineAgent({ name: "plain", model: "test-model", limits: { retryDelayMs: 0 } }),
  defineAgent({ name: "adder", model: "test-model", tools: [addTool], limits: { retryDelayMs: 0 } }),
];

/** A model named in the place of an agent. */
const passThrough = (name: string): Agent => defineAgent({ name, model: name, limits: { retryDelayMs: 0 } });

/** Posts a body to `/v1/responses`: text as it is, anything else as JSON. */
export async function post(test: TestGateway, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${test.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
    ...init,
  });
}

/** Reads an answer as it comes until it has said something, and gives what it has said till then. */
export async function readUntil(answer: Response, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let received = "";
  if (answer.body === null) return received;
  const body: AsyncIterable<unknown> = answer.body;
  for await (const chunk of body) {
    if (chunk instanceof Uint8Array) received += decoder.decode(chunk, { stream: true });
    if (received.includes(wanted)) break;
  }
  return received;
}

export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const { model, names = [], log: own = createInMemoryEventLog(), agents = testAgents, clock, ...rest } = options;
  const { approvals, safety } = rest;
  const log = safety?.redactor.protect(own) ?? own;
  const kit = createAgentKit({
    log,
    model,
    agents,
    resolveAgent: passThrough,
    ...(approvals && { approvals }),
    ...(safety && { safety }),
    ...(clock && { clock }),
  });
  const modelAccess = createModelAccess({
    model,
    ...("names" in options && options.names === undefined ? {} : { names }),
  });
  const gateway = createGateway({ kit, log, model, agents, modelAccess, ...rest });
  const server = await serveGateway(gateway, { port: 0, graceMs: 200 });
  return {
    gateway,
    kit,
    log,
    url: server.url,
    client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 }),
    async countEvents() {
      let count = 0;
      for await (const _ of log.readAll()) count += 1;
      return count;
    },
    stop: () => server.close(),
    async [Symbol.asyncDispose]() {
      await server.close();
      await log.close();
    },
  };
}
