import { AgentKitError, isMessage, type Item, messageText, type Model, type ModelStreamPart } from "@agentkit/core";
import { type CallToMake, decideWorkflow } from "./decide-workflow.ts";
import { readOutcomes } from "./step-outcome.ts";
import type { WorkflowPlan } from "./workflow-plan.ts";

/** The model of a workflow: code that reads from the items of its run what is done, and says what comes next. */
export function createWorkflowPlanner(plan: WorkflowPlan): Model {
  return {
    description: `the plan of workflow '${plan.name}'`,
    async *stream({ input: items }) {
      const decision = decideWorkflow(plan, plan.parseInput(promptOf(items)), readOutcomes(items));
      switch (decision.type) {
        case "call":
          yield* playCalls(decision.calls);
          return;
        case "answer":
          yield* playAnswer(decision.text);
          return;
        case "fail":
          throw new AgentKitError("workflow_step_failed", `Workflow '${plan.name}' failed. ${decision.message}`);
      }
    },
  };
}

function promptOf(items: readonly Item[]): string {
  const prompt = items.filter(isMessage).findLast(({ role }) => role === "user");
  return prompt === undefined ? "" : messageText(prompt);
}

function* playCalls(calls: readonly CallToMake[]): Generator<ModelStreamPart, void> {
  const output = calls.map(toItem);
  for (const [index, item] of output.entries()) {
    yield { type: "item.added", index, item: { ...item, arguments: "" } };
    yield { type: "arguments.delta", index, delta: calls[index]?.arguments ?? "" };
    yield { type: "item.done", index, item };
  }
  yield { type: "completed", response: { status: "completed", output } };
}

function toItem({ callId, tool, arguments: text }: CallToMake): Item {
  return {
    type: "function_call",
    id: `fc_${callId}`,
    call_id: callId,
    name: tool,
    arguments: text,
    status: "completed",
  };
}

function* playAnswer(text: string): Generator<ModelStreamPart, void> {
  const empty = { type: "message", role: "assistant", id: "msg_answer", status: "in_progress", content: [] };
  const item = { ...empty, status: "completed", content: [{ type: "output_text", text, annotations: [] }] };
  yield { type: "item.added", index: 0, item: empty };
  yield { type: "text.delta", index: 0, contentIndex: 0, delta: text };
  yield { type: "item.done", index: 0, item };
  yield { type: "completed", response: { status: "completed", output: [item] } };
}
