import { type Agent, defineAgent, defineTool, isFunctionCallOutput, type Model } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { z } from "zod";

/** The address that is written to. */
export const address = "ada.lovelace@mail.example";

/** A secret that is in the way. */
export const secret = ["ghp", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].join("_");

/** What the user says. */
export const request = `Write to ${address}; the token is ${secret}.`;

/** An agent whose mails may be sent again: a tool that declares it, and takes nothing that is no address. */
export function mailAgents(send: (to: string) => void): readonly Agent[] {
  const mail = defineTool({
    name: "mail",
    description: "Sends a mail.",
    input: z.object({ to: z.email() }),
    sideEffects: "idempotent",
    run: ({ to }) => {
      send(to);
      return `Sent to ${to}.`;
    },
  });
  return [defineAgent({ name: "desk", model: "scripted", tools: [mail] })];
}

/** A model that writes to the address as it sees it, and then says so. */
export function mailModel(): Model {
  return scriptedModel(({ input }) => {
    const to = /\[\[PII:EMAIL:\w+\]\]/.exec(JSON.stringify(input))?.[0] ?? "nobody";
    const last = input.at(-1);
    if (last !== undefined && isFunctionCallOutput(last)) return { text: `I wrote to ${to}.` };
    return { calls: [{ name: "mail", arguments: { to } }] };
  });
}
