import { type Agent, defineAgent, defineTool, type Principal } from "@agentkit/core";
import { type ScriptedAnswer, scriptedModel } from "@agentkit/core/testing";
import { createApprovalAuthority } from "@agentkit/tools";
import OpenAI from "openai";
import { z } from "zod";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../gateway.test.support.ts";

/** A gateway with a tool that needs an approval from 100 on, and what the tool has done. */
export interface PayingGateway extends TestGateway {
  readonly payments: number[];
  /** A client that sends a key of its own. */
  clientOf(key: string): OpenAI;
  call(path: string, init?: { readonly key?: string; readonly body?: unknown }): Promise<Answer>;
}

/** What AgentKit's own routes answer, as far as tests go on with it. */
const bodySchema = z.looseObject({
  data: z
    .array(
      z.looseObject({
        ticket: z.string().nullable().default(null),
        argumentsHash: z.string().default(""),
        reason: z.string().default(""),
      }),
    )
    .default([]),
  session: z.string().default(""),
  response: z.string().default(""),
});

export interface Answer {
  readonly status: number;
  readonly body: z.output<typeof bodySchema>;
}

export const people: Readonly<Record<string, Principal>> = {
  ann: { user: "ann", tenant: "north", roles: [] },
  eve: { user: "eve", tenant: "north", roles: ["manager"] },
  bob: { user: "bob", tenant: "south", roles: ["manager"] },
};

export const key = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

interface PayingOptions extends Partial<TestGatewayOptions> {
  readonly script: readonly ScriptedAnswer[] | ((index: number) => ScriptedAnswer);
  readonly roles?: readonly string[];
  readonly key?: string;
}

export async function startPayingGateway(options: PayingOptions): Promise<PayingGateway> {
  const { script, roles = [], key: secret = key, ...rest } = options;
  const payments: number[] = [];
  const pay = defineTool({
    name: "pay",
    description: "Pays.",
    input: z.object({ amount: z.number(), card: z.string().optional() }),
    approval: { when: ({ amount }) => amount >= 100, roles, validForMs: 60_000 },
    redact: ["card"],
    run: ({ amount }) => {
      payments.push(amount);
      return `paid ${amount}`;
    },
  });
  const ask = defineTool({
    name: "ask_payer",
    description: "Asks the agent that pays.",
    input: z.object({}),
    sideEffects: "idempotent",
    run: async (_input, { runAgent }) => {
      const result = await runAgent({ agent: "payer", input: "Pay.", reason: "it pays" });
      return result.type === "suspended" ? result : result.text;
    },
  });
  const agents: readonly Agent[] = [
    defineAgent({ name: "payer", model: "test-model", tools: [pay] }),
    defineAgent({ name: "boss", model: "test-model", tools: [ask] }),
  ];
  const model = scriptedModel(typeof script === "function" ? (_request, index) => script(index) : script);
  const test = await startTestGateway({ model, agents, approvals: createApprovalAuthority({ key: secret }), ...rest });
  return Object.assign(test, {
    payments,
    clientOf: (apiKey: string) => new OpenAI({ baseURL: `${test.url}/v1`, apiKey, maxRetries: 0 }),
    call: async (path: string, init: { readonly key?: string; readonly body?: unknown } = {}): Promise<Answer> => {
      const response = await fetch(`${test.url}${path}`, {
        headers: {
          "content-type": "application/json",
          ...(init.key !== undefined && { authorization: `Bearer ${init.key}` }),
        },
        ...(init.body !== undefined && { method: "POST", body: JSON.stringify(init.body) }),
      });
      return { status: response.status, body: bodySchema.parse(await response.json()) };
    },
  });
}

/** The requests for approvals in a response. */
export function requestsOf({ output }: OpenAI.Responses.Response) {
  return output.filter((item) => item.type === "mcp_approval_request");
}

/** The answer to a request. */
export function answerTo(id: string | undefined, approve: boolean, reason?: string) {
  const given = { type: "mcp_approval_response", approval_request_id: id ?? "", approve } as const;
  return reason === undefined ? given : { ...given, reason };
}
