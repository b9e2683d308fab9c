import { type AgentKit, isFunctionCallOutput, type Item } from "@agentkit/core";

/** What a session has come to, as plain data, without what differs from run to run: the ids of runs and events. */
export async function readOutcome(kit: AgentKit, session: string): Promise<unknown> {
  const { turns, active, pendingClientCalls } = await kit.load(session);
  return {
    turns: [...turns].map(({ agent, status, items, usage, ending }) => {
      return { agent, status, usage, ending, items: sortOutputs([...items]) };
    }),
    active,
    pendingClientCalls: [...pendingClientCalls],
  };
}

/** Outputs of calls that ran side by side are recorded as they come; that order is no part of the outcome. */
function sortOutputs(items: readonly Item[]): readonly Item[] {
  let group = 0;
  const placed = items.map((item, index) => {
    const callId = isFunctionCallOutput(item) ? item.call_id : undefined;
    if (callId === undefined) group = index + 1;
    return { item, group, callId: callId ?? "" };
  });
  return placed.toSorted((a, b) => a.group - b.group || a.callId.localeCompare(b.callId)).map(({ item }) => item);
}
