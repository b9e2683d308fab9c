import { type Agent, maskArguments } from "@agentkit/core";

/** A call by the name and the JSON text that the model wrote. */
export interface DisplayedCall {
  readonly tool: string;
  readonly arguments: string;
}

/**
 * The arguments of a call of an agent's own tool as the gateway displays them: what the tool declares as not to be shown is hidden.
 * Where agents have different tools of one name, what any of them hides is.
 */
export function displayArguments(agents: readonly Agent[], { tool, arguments: text }: DisplayedCall): string {
  const known = agents.flatMap(({ tools }) => tools).filter(({ name }) => name === tool);
  if (known.length > 0) {
    return maskArguments(
      text,
      known.flatMap(({ redact }) => redact ?? []),
    );
  }
  const handsOff = agents.some(({ handoffs }) => handoffs.some(({ name }) => name === tool));
  // Of a tool that the code does not have any more nobody knows what must not be shown.
  return maskArguments(text, handsOff ? [] : [""]);
}
