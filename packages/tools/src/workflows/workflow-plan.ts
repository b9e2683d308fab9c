import type { JsonObject, JsonValue } from "@agentkit/core";
import type { Done, OnFailure } from "./workflow-steps.ts";

/** What the functions of a plan are given; `defineWorkflow` has checked the types of what they read. */
export type AnyDone = Done<unknown, Readonly<Record<string, unknown>>>;

/** A tool call that a plan makes. `outputs` are those of the calls before it in the same step. */
export interface PlannedToolCall {
  readonly callId: string;
  readonly tool: string;
  readonly toArguments: (done: AnyDone, outputs: readonly string[]) => JsonObject;
}

/** A step: calls one after the other, of which the last gives the result. */
export interface PlannedStep {
  readonly id: string;
  readonly calls: readonly PlannedToolCall[];
  readonly toResult: (output: string) => unknown;
  readonly onFailure: OnFailure;
  readonly compensation: PlannedToolCall | undefined;
  /** What is told of it in the agent's instructions. */
  readonly description: JsonObject;
}

/** A part of a plan: steps side by side (most often one), or a part that is carried out on a condition. */
export type PlanNode =
  | { readonly type: "together"; readonly steps: readonly PlannedStep[] }
  | { readonly type: "when"; readonly condition: (done: AnyDone) => boolean; readonly nodes: readonly PlanNode[] };

/** A workflow as its planner sees it. */
export interface WorkflowPlan {
  readonly name: string;
  readonly nodes: readonly PlanNode[];
  /** Pure: the prompt's text in, the workflow's input out. Throws `input_invalid`. */
  readonly parseInput: (text: string) => unknown;
  readonly toAnswer: (done: AnyDone) => unknown;
}

/** All steps of a plan, in order, whether or not they come to be carried out. */
export function stepsOf(nodes: readonly PlanNode[]): readonly PlannedStep[] {
  return nodes.flatMap((node) => (node.type === "together" ? node.steps : stepsOf(node.nodes)));
}

/** A plan as data, for a record that shows when it was changed. */
export function describePlan(nodes: readonly PlanNode[]): JsonValue {
  return nodes.map((node): JsonValue => {
    if (node.type === "when") return { when: describePlan(node.nodes) };
    const [first, ...others] = node.steps.map((step) => step.description);
    return others.length === 0 && first !== undefined
      ? first
      : { parallel: node.steps.map((step) => step.description) };
  });
}
