import {
  type Agent,
  AgentKitError,
  canonicalJson,
  type Clock,
  defineAgent,
  type JsonValue,
  parseJson,
  recentTurns,
  type RunLimits,
  systemClock,
  type Tool,
  toolDefinitionInvalid,
} from "@agentkit/core";
import { z } from "zod";
import { StepCollector, toRecordedTool } from "./step-collector.ts";
import { type AnyDone, describePlan, type PlanNode, stepsOf } from "./workflow-plan.ts";
import { createWorkflowPlanner } from "./workflow-planner.ts";
import type { Done, WorkflowSteps } from "./workflow-steps.ts";

/** What a workflow is defined by. */
export interface WorkflowDefinition<Input extends z.ZodType, Results extends object> {
  /** Its name as an agent of the kit. */
  readonly name: string;
  readonly description?: string;
  /** Say a new one when a function of the steps is changed: the names, schemas and order of the steps say so by themselves. */
  readonly version?: string;
  /** Schema of what the run's prompt holds, as JSON; of the prompt's text itself where it is a string's. */
  readonly input: Input;
  readonly steps: (steps: WorkflowSteps<z.output<Input>, object>) => WorkflowSteps<z.output<Input>, Results>;
  /** What the run answers: a text, or what becomes one as JSON. Default: the results of all steps. */
  readonly output?: (done: Done<z.output<Input>, Results>) => unknown;
  /** Default: as many calls as the steps and their compensations make. */
  readonly limits?: Partial<RunLimits>;
  /** By which its steps wait. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** An agent that follows a plan. */
export interface Workflow<Input extends z.ZodType = z.ZodType> extends Agent {
  readonly input: Input;
}

/**
 * Defines an agent whose steps are fixed: code decides in a model's place what comes next, from the input and the results on
 * record. Each step is a tool call of its session: recorded one by one, taken up in the middle after a crash, replayed, forked,
 * approved and limited as every other call. The functions of the steps have to be pure.
 *
 * A step that fails fails the workflow with `workflow_step_failed`, after the steps before it were undone by their `compensate`,
 * unless it says otherwise. A run that is cancelled or meets a limit is left as it stands, and so is an effect whose outcome nobody
 * knows (a tool's `onUnknownOutcome` decides about that).
 *
 * @throws AgentKitError `definition_invalid`. A run whose prompt does not fit `input` fails with `input_invalid`.
 *
 * @example
 * ```ts
 * import { defineTool } from "@agentkit/core";
 * import { defineWorkflow } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const order = z.object({ order: z.string() });
 * const reserve = defineTool({ name: "reserve", description: "Reserves.", input: order, run: () => ({ place: "A7" }) });
 * const release = defineTool({ name: "release", description: "Releases.", input: order, run: () => "released" });
 * const ship = defineTool({ name: "ship", description: "Ships.", input: z.object({ from: z.string() }), run: () => "on its way" });
 *
 * const fulfil = defineWorkflow({
 *   name: "fulfil",
 *   input: order,
 *   steps: (steps) =>
 *     steps
 *       .tool("reserve", {
 *         tool: reserve,
 *         arguments: ({ input }) => ({ order: input.order }),
 *         output: z.object({ place: z.string() }),
 *         compensate: { tool: release, arguments: ({ input }) => ({ order: input.order }) },
 *       })
 *       .approval("confirm", { ask: ({ input }) => ({ ship: input.order }), roles: ["clerk"] })
 *       .tool("ship", { tool: ship, arguments: ({ results }) => ({ from: results.reserve.place }) }),
 *   output: ({ results }) => results.ship,
 * });
 * ```
 */
export function defineWorkflow<Input extends z.ZodType, Results extends object>(
  definition: WorkflowDefinition<Input, Results>,
): Workflow<Input> {
  const { name, description, input, clock = systemClock } = definition;
  const tools = new Map<string, Tool>();
  const collector = new StepCollector({ workflow: name, clock, ids: new Set(), tools, made: new Map() });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the collector has these methods, with the types of results forgotten
  definition.steps(collector as unknown as WorkflowSteps<z.output<Input>, object>);
  const { nodes } = collector;
  if (stepsOf(nodes).length === 0) throw toolDefinitionInvalid(name, "the workflow has no steps");
  const schema = toSchema(name, input);
  const agent = defineAgent({
    name,
    model: "workflow",
    ...(description !== undefined && { description }),
    instructions: toInstructions(definition, schema, nodes),
    tools: [...tools.values()].map(toRecordedTool),
    limits: { ...toLimits(nodes), ...definition.limits },
    planner: createWorkflowPlanner({
      name,
      nodes,
      parseInput: (text) => parseInput(definition, schema, text),
      toAnswer: toAnswer(definition),
    }),
    // The plan of a run is made of its own items.
    window: recentTurns({ maxTurns: 0 }),
  });
  return { ...agent, input };
}

type Schema = z.core.JSONSchema.BaseSchema;

function toSchema(name: string, input: z.ZodType): Schema {
  try {
    const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" });
    return schema;
  } catch (cause) {
    throw toolDefinitionInvalid(name, "the input schema has no JSON Schema", cause);
  }
}

type AnyDefinition = Pick<WorkflowDefinition<z.ZodType, object>, "name" | "description" | "version" | "input">;

// Recorded by hash before the first step: a replay tells by it that the workflow was changed.
function toInstructions({ name, description, version }: AnyDefinition, schema: Schema, nodes: readonly PlanNode[]) {
  const definition = { workflow: name, description, version, input: schema, steps: describePlan(nodes) };
  return canonicalJson(parseJson(JSON.stringify(definition)));
}

function toLimits(nodes: readonly PlanNode[]): Partial<RunLimits> {
  const calls = stepsOf(nodes).reduce((sum, step) => sum + step.calls.length + (step.compensation ? 1 : 0), 0);
  return { modelCalls: calls + 1, toolCalls: calls, invalidCalls: calls };
}

function parseInput({ name, input }: AnyDefinition, schema: Schema, text: string): unknown {
  const parsed = input.safeParse(schema.type === "string" ? text : toJson(name, text));
  if (parsed.success) return parsed.data;
  throw new AgentKitError("input_invalid", `Workflow '${name}' cannot begin: ${z.prettifyError(parsed.error)}`);
}

function toJson(name: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new AgentKitError("input_invalid", `Workflow '${name}' cannot begin: its prompt is no JSON.`, { cause });
  }
}

function toAnswer<Input extends z.ZodType, Results extends object>({ output }: WorkflowDefinition<Input, Results>) {
  return (done: AnyDone): unknown => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- made of the results of just these steps
    return output === undefined ? done.results : output(done as Done<z.output<Input>, Results>);
  };
}
