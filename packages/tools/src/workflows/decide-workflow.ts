import { AgentKitError, canonicalJson } from "@agentkit/core";
import type { StepOutcome } from "./step-outcome.ts";
import type { AnyDone, PlannedStep, PlannedToolCall, PlanNode, WorkflowPlan } from "./workflow-plan.ts";

/** A tool call to make, with its arguments as JSON text. */
export interface CallToMake {
  readonly callId: string;
  readonly tool: string;
  readonly arguments: string;
}

/** What a workflow does next: calls to make side by side, its answer, or that it has failed. */
export type WorkflowDecision =
  | { readonly type: "call"; readonly calls: readonly CallToMake[] }
  | { readonly type: "answer"; readonly text: string }
  | { readonly type: "fail"; readonly message: string };

/**
 * Decides what a workflow does next, from its input and what became of its calls until now. Pure: whoever takes a run up
 * decides the same, and a step that is over is not made again.
 */
export function decideWorkflow(
  plan: WorkflowPlan,
  input: unknown,
  outcomes: ReadonlyMap<string, StepOutcome>,
): WorkflowDecision {
  const progress: Progress = { input, results: {}, completed: [], outcomes };
  const stop = walk(plan.nodes, progress);
  if (stop === undefined) return toAnswer(plan, progress);
  return stop.type === "call" ? stop : afterFailure(stop, progress);
}

interface Progress extends AnyDone {
  readonly results: Record<string, unknown>;
  /** In the order in which they are undone from its end. */
  readonly completed: PlannedStep[];
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
}

interface Failure {
  readonly type: "failed";
  readonly message: string;
  readonly compensate: boolean;
}

type Stop = Extract<WorkflowDecision, { type: "call" }> | Failure;

function walk(nodes: readonly PlanNode[], progress: Progress): Stop | undefined {
  for (const node of nodes) {
    const stop = node.type === "when" ? walkBranch(node, progress) : walkTogether(node.steps, progress);
    if (stop !== undefined) return stop;
  }
  return undefined;
}

function walkBranch(node: Extract<PlanNode, { type: "when" }>, progress: Progress): Stop | undefined {
  let holds: boolean;
  try {
    holds = node.condition(progress);
  } catch (error) {
    return { type: "failed", message: `A condition could not be told: ${reasonOf(error)}`, compensate: true };
  }
  return holds ? walk(node.nodes, progress) : undefined;
}

function walkTogether(steps: readonly PlannedStep[], progress: Progress): Stop | undefined {
  const stands = steps.map((step) => standOf(step, progress));
  const calls = stands.flatMap((stand) => (stand.type === "call" ? [stand.call] : []));
  if (calls.length > 0) return { type: "call", calls };
  let failure: Failure | undefined;
  for (const [index, stand] of stands.entries()) {
    const step = steps[index];
    if (step === undefined || stand.type === "call") continue;
    if (stand.type === "completed") {
      progress.results[step.id] = stand.result;
      progress.completed.push(step);
    } else if (step.onFailure !== "continue") {
      const compensate: boolean = step.onFailure === "compensate" || failure?.compensate === true;
      failure = { type: "failed", compensate, message: [failure?.message, stand.message].filter(Boolean).join(" ") };
    }
  }
  return failure;
}

type Stand =
  | { readonly type: "call"; readonly call: CallToMake }
  | { readonly type: "completed"; readonly result: unknown }
  | { readonly type: "failed"; readonly message: string };

function standOf(step: PlannedStep, progress: Progress): Stand {
  const { id } = step;
  const outputs: string[] = [];
  for (const call of step.calls) {
    const outcome = progress.outcomes.get(call.callId);
    if (outcome === undefined) return toStand(call, { progress, outputs, id });
    if (outcome.type === "failed")
      return { type: "failed", message: `Step '${id}' failed (${outcome.code}): ${outcome.message}` };
    outputs.push(outcome.text);
  }
  try {
    return { type: "completed", result: step.toResult(outputs.at(-1) ?? "") };
  } catch (error) {
    const message = `Step '${id}' was carried out, and its result cannot be used: ${reasonOf(error)} It is not undone.`;
    return { type: "failed", message };
  }
}

function toStand(
  call: PlannedToolCall,
  { progress, outputs, id }: { readonly progress: Progress; readonly outputs: readonly string[]; readonly id: string },
): Stand {
  try {
    return { type: "call", call: toCall(call, progress, outputs) };
  } catch (error) {
    return { type: "failed", message: `Step '${id}' was not begun, its arguments cannot be made: ${reasonOf(error)}` };
  }
}

function toCall({ callId, tool, toArguments }: PlannedToolCall, done: AnyDone, outputs: readonly string[]): CallToMake {
  return { callId, tool, arguments: canonicalJson(toArguments(done, outputs)) };
}

function afterFailure({ message, compensate }: Failure, progress: Progress): WorkflowDecision {
  const undone: string[] = [];
  const left: string[] = [];
  for (const { id, compensation } of compensate ? progress.completed.toReversed() : []) {
    if (compensation === undefined) continue;
    const outcome = progress.outcomes.get(compensation.callId);
    if (outcome?.type === "succeeded") undone.push(id);
    else if (outcome?.type === "failed") left.push(`${id} (${outcome.code}: ${outcome.message})`);
    else {
      const stand = toStand(compensation, { progress, outputs: [], id });
      if (stand.type === "call") return { type: "call", calls: [stand.call] };
      left.push(`${id} (its arguments cannot be made)`);
    }
  }
  const report = [
    /[.!?]$/.test(message) ? message : `${message}.`,
    ...(undone.length > 0 ? [`Undone: ${undone.join(", ")}.`] : []),
    ...(left.length > 0 ? [`Not undone: ${left.join(", ")}.`] : []),
  ];
  return { type: "fail", message: report.join(" ") };
}

function toAnswer(plan: WorkflowPlan, progress: Progress): WorkflowDecision {
  try {
    const answer = plan.toAnswer(progress);
    return { type: "answer", text: typeof answer === "string" ? answer : (JSON.stringify(answer) ?? "") };
  } catch (error) {
    return { type: "fail", message: `All steps are carried out, and the answer cannot be made: ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  if (AgentKitError.is(error)) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : "it threw what is no error.";
}
