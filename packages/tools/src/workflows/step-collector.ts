import { type Clock, type JsonObject, parseJson, type Tool, toolDefinitionInvalid } from "@agentkit/core";
import { z } from "zod";
import { agentTool } from "../agents/agent-tool.ts";
import { createApprovalTool } from "./approval-tool.ts";
import { createClockTool, createWaitTool, waitingTools } from "./waiting-tools.ts";
import { markOutput } from "./step-outcome.ts";
import { parseResult } from "./step-result.ts";
import type { AnyDone, PlannedStep, PlannedToolCall, PlanNode } from "./workflow-plan.ts";
import { stepsOf } from "./workflow-plan.ts";
import type {
  AgentStep,
  ApprovalStep,
  EffectOptions,
  OnFailure,
  ToolCall,
  ToolStep,
  WaitStep,
} from "./workflow-steps.ts";

type AnyEffect = EffectOptions<AnyDone, z.ZodType, OnFailure>;

/** What the parts of one workflow have in common. */
export interface WorkflowParts {
  readonly workflow: string;
  readonly clock: Clock;
  readonly ids: Set<string>;
  /** Those of the steps, by name. */
  readonly tools: Map<string, Tool>;
  /** Those that the workflow made itself, by what they are for. */
  readonly made: Map<string, Tool>;
}

/**
 * Collects the steps that a definition names. `WorkflowSteps` and `ParallelSteps` are what its callers see of it, with the types of
 * the results; here they are no longer known.
 */
export class StepCollector {
  readonly nodes: PlanNode[] = [];
  readonly #parts: WorkflowParts;

  constructor(parts: WorkflowParts) {
    this.#parts = parts;
  }

  tool(id: string, step: ToolStep<AnyDone, AnyDone, z.ZodType, OnFailure>): this {
    this.#use(step.tool);
    return this.#add(toEffectStep(id, { kind: "tool", call: toCall(id, step), options: step }), step);
  }

  agent(id: string, step: AgentStep<AnyDone, AnyDone, z.ZodType, OnFailure>): this {
    const { agent, request } = step;
    const reason = `Step '${id}' of workflow '${this.#parts.workflow}'.`;
    const { name } = this.#make(`agent ${agent}`, () => {
      return agentTool({ agent, description: `Runs the agent '${agent}'.` });
    });
    const toArguments = (done: AnyDone): JsonObject => {
      const told = request(done);
      return { request: typeof told === "string" ? told : JSON.stringify(told), reason };
    };
    const call = { callId: id, tool: name, toArguments };
    return this.#add(toEffectStep(id, { kind: "agent", call, options: step }), step);
  }

  approval(id: string, { ask, onFailure = "compensate", roles, validForMs }: ApprovalStep<AnyDone, OnFailure>): this {
    const { workflow } = this.#parts;
    const tool = createApprovalTool({ id, workflow, roles, validForMs });
    this.#use(tool);
    return this.#add({
      id,
      calls: [{ callId: id, tool: tool.name, toArguments: ask }],
      toResult: (text) => z.record(z.string(), z.json()).parse(parseJson(text)),
      onFailure,
      compensation: undefined,
      description: {
        id,
        kind: "approval",
        tool: tool.name,
        onFailure,
        roles: roles ?? [],
        validForMs: validForMs ?? null,
      },
    });
  }

  wait(id: string, step: WaitStep<AnyDone>): this {
    const { clock, workflow } = this.#parts;
    if ("forMs" in step && !(step.forMs > 0 && Number.isFinite(step.forMs))) {
      throw toolDefinitionInvalid(workflow, `forMs of the step '${id}' must be a positive number`);
    }
    this.#make("wait", () => createWaitTool(clock));
    if ("forMs" in step) this.#make("clock", () => createClockTool(clock));
    return this.#add(toWait(id, step));
  }

  parallel(group: (steps: StepCollector) => unknown): this {
    const inner = new StepCollector(this.#parts);
    group(inner);
    this.nodes.push({ type: "together", steps: stepsOf(inner.nodes) });
    return this;
  }

  when(condition: (done: AnyDone) => boolean, steps: (steps: StepCollector) => unknown): this {
    const inner = new StepCollector(this.#parts);
    steps(inner);
    this.nodes.push({ type: "when", condition, nodes: inner.nodes });
    return this;
  }

  #add(step: PlannedStep, { compensate }: Pick<AnyEffect, "compensate"> = {}): this {
    const { ids, workflow } = this.#parts;
    if (!/^[A-Za-z0-9_-]{1,40}$/.test(step.id)) {
      throw toolDefinitionInvalid(workflow, `the step id '${step.id}' has not 1 to 40 characters of A-Z a-z 0-9 _ -`);
    }
    if (ids.has(step.id)) throw toolDefinitionInvalid(workflow, `two steps have the id '${step.id}'`);
    ids.add(step.id);
    if (compensate) this.#use(compensate.tool);
    this.nodes.push({ type: "together", steps: [step] });
    return this;
  }

  #make(purpose: string, make: () => Tool): Tool {
    const { made } = this.#parts;
    const tool = made.get(purpose) ?? make();
    made.set(purpose, tool);
    this.#use(tool);
    return tool;
  }

  #use(tool: Tool): void {
    const { tools, workflow } = this.#parts;
    const known = tools.get(tool.name);
    if (known !== undefined && known !== tool) {
      throw toolDefinitionInvalid(workflow, `two different tools of its steps are named '${tool.name}'`);
    }
    tools.set(tool.name, tool);
  }
}

/** The tool as a workflow has it: its outputs cannot be taken for the engine's account of a failure. */
export function toRecordedTool(tool: Tool): Tool {
  const { reconcile } = tool;
  return {
    ...tool,
    execute: async (input, context) => {
      const output = await tool.execute(input, context);
      return typeof output === "string" ? markOutput(output) : output;
    },
    ...(reconcile && {
      reconcile: async (input, context) => {
        const found = await reconcile(input, context);
        return found.status === "succeeded" ? { ...found, output: markOutput(found.output) } : found;
      },
    }),
  };
}

interface Effect {
  readonly kind: "tool" | "agent";
  readonly call: PlannedToolCall;
  readonly options: AnyEffect;
}

function toEffectStep(id: string, { kind, call, options }: Effect): PlannedStep {
  const { onFailure = "compensate", output, compensate } = options;
  return {
    id,
    calls: [call],
    toResult: (text) => (output === undefined ? text : parseResult(output, text)),
    onFailure,
    compensation: compensate && toCall(`undo:${id}`, compensate),
    description: {
      id,
      kind,
      tool: call.tool,
      onFailure,
      ...(output && { output: z.record(z.string(), z.json()).parse(z.toJSONSchema(output, { io: "input" })) }),
      ...(compensate && { compensate: compensate.tool.name }),
    },
  };
}

function toCall(callId: string, { tool, arguments: toArguments }: ToolCall<AnyDone>): PlannedToolCall {
  return { callId, tool: tool.name, toArguments };
}

function toWait(id: string, step: WaitStep<AnyDone>): PlannedStep {
  const wait = { callId: id, tool: waitingTools.wait };
  const calls: readonly PlannedToolCall[] =
    "until" in step
      ? [{ ...wait, toArguments: (done) => ({ until: step.until(done).toISOString() }) }]
      : [
          { callId: `${id}:from`, tool: waitingTools.clock, toArguments: () => ({}) },
          { ...wait, toArguments: (_done, [from = ""]) => ({ until: later(from, step.forMs) }) },
        ];
  const kind = "until" in step ? {} : { forMs: step.forMs };
  return {
    id,
    calls,
    toResult: () => undefined,
    onFailure: "compensate",
    compensation: undefined,
    description: { id, kind: "wait", ...kind },
  };
}

function later(from: string, milliseconds: number): string {
  return new Date(Date.parse(from) + milliseconds).toISOString();
}
