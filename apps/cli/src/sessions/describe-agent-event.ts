import type { AgentEvent, EventData } from "@agentkit/core";
import { toOneLine } from "../terminal/plain-text.ts";

/** What an event of agents that work together records, in a few words; `undefined` for events of other kinds. */
export function describeAgentEvent(event: AgentEvent): string | undefined {
  switch (event.type) {
    case "HandoffDecided":
      return describeHandoff(event.data);
    case "SubRunStarted": {
      const { agent, session, callId, reason } = event.data;
      return `${agent}${explain(reason)}${ofCall(callId)} · session ${session}`;
    }
    case "SubRunCompleted": {
      const { session, status, callId, spent } = event.data;
      return `${status}${spent === undefined ? "" : `, ${describeSpent(spent)}`}${ofCall(callId)} · session ${session}`;
    }
    default:
      return undefined;
  }
}

/** Who hands the run to whom, why, and how much of the conversation goes along. */
export function describeHandoff({ from, to, context, reason }: EventData<"HandoffDecided">): string {
  return `${from ?? "the agent"} → ${to}, context ${context}${explain(reason)}`;
}

type Spent = NonNullable<EventData<"SubRunCompleted">["spent"]>;

/** What a run and the runs below it used up. */
function describeSpent({ modelCalls, toolCalls, tokens, costMicroUsd }: Spent): string {
  const cost = costMicroUsd === 0 ? "" : `, $${(costMicroUsd / 1_000_000).toFixed(6)}`;
  return `${count(modelCalls, "model call")}, ${count(toolCalls, "tool call")}, ${count(tokens, "token")}${cost}`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function explain(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : `: ${toOneLine(reason)}`;
}

function ofCall(callId: string | undefined): string {
  return callId === undefined ? "" : ` · ${callId}`;
}
