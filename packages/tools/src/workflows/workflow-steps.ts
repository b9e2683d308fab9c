import type { JsonObject, Tool } from "@agentkit/core";
import type { z } from "zod";

/** What a step's functions are given: the workflow's input, and the results of the steps before it. They have to be pure. */
export interface Done<Input, Results> {
  readonly input: Input;
  readonly results: Readonly<Results>;
}

/**
 * What becomes of the workflow when a step fails: it fails and leaves everything as it is, goes on without the step's result,
 * or undoes the steps before, the newest first, and then fails.
 */
export type OnFailure = "stop" | "continue" | "compensate";

/** What every kind of step declares. */
export interface StepOptions<Failure extends OnFailure> {
  /** Default `compensate`. */
  readonly onFailure?: Failure;
}

/** A step that does something. `After` is what its compensation is given: what its own functions are, and its result. */
export interface EffectOptions<
  After,
  Output extends z.ZodType,
  Failure extends OnFailure,
> extends StepOptions<Failure> {
  /** Schema of the result, which then has to be JSON. Default: text as it is. */
  readonly output?: Output;
  /** Undoes the step when a later one fails and its `onFailure` is `compensate`. */
  readonly compensate?: ToolCall<After>;
}

/** A call of a tool. */
export interface ToolCall<Seen> {
  readonly tool: Tool;
  readonly arguments: (done: Seen) => JsonObject;
}

/** A step that calls a tool. Side effects, retries, approvals and unknown outcomes are as the tool declares them. */
export type ToolStep<Seen, After, Output extends z.ZodType, Failure extends OnFailure> = ToolCall<Seen> &
  EffectOptions<After, Output, Failure>;

/** A step that runs an agent, or another workflow, in a session of its own. */
export interface AgentStep<Seen, After, Output extends z.ZodType, Failure extends OnFailure> extends EffectOptions<
  After,
  Output,
  Failure
> {
  /** The name of an agent of the kit. */
  readonly agent: string;
  /** What it is told: a text, or an object, which it gets as JSON. */
  readonly request: (done: Seen) => string | JsonObject;
}

/** A step that asks a person, and does nothing else. Its result is what was approved, with the approver's changes. */
export interface ApprovalStep<Seen, Failure extends OnFailure> extends StepOptions<Failure> {
  /** What is to be approved. */
  readonly ask: (done: Seen) => JsonObject;
  /** Roles of which an approver needs one. Default: none, whoever may decide on the session. */
  readonly roles?: readonly string[];
  /** For how long the request may be decided on, in milliseconds. Default 24 hours. */
  readonly validForMs?: number;
}

/**
 * A step that lets time pass: so many milliseconds, or until a time. A wait of more than 5 seconds suspends the run, so that no
 * process has to live through it; `kit.recover()` takes the run up when it is over.
 */
export type WaitStep<Seen> = { readonly forMs: number } | { readonly until: (done: Seen) => Date };

/** A step's result: absent where the workflow goes on without it. */
export type StepResult<Result, Failure extends OnFailure> = Failure extends "continue" ? Result | undefined : Result;

/**
 * The steps of a workflow, in the order in which they are carried out. Each method adds to them and returns the steps so far.
 * An id has 1 to 40 characters of `A-Z a-z 0-9 _ -`; it is the id of the step's call in the log (`undo:<id>` of its
 * compensation), and what a run under way knows its steps by when the workflow is changed.
 */
export interface WorkflowSteps<Input, Results extends object> {
  tool<Id extends string, Output extends z.ZodType = z.ZodString, Failure extends OnFailure = "compensate">(
    id: Id,
    step: ToolStep<Done<Input, Results>, Done<Input, Results & Record<Id, z.output<Output>>>, Output, Failure>,
  ): WorkflowSteps<Input, Results & Record<Id, StepResult<z.output<Output>, Failure>>>;
  agent<Id extends string, Output extends z.ZodType = z.ZodString, Failure extends OnFailure = "compensate">(
    id: Id,
    step: AgentStep<Done<Input, Results>, Done<Input, Results & Record<Id, z.output<Output>>>, Output, Failure>,
  ): WorkflowSteps<Input, Results & Record<Id, StepResult<z.output<Output>, Failure>>>;
  approval<Id extends string, Failure extends OnFailure = "compensate">(
    id: Id,
    step: ApprovalStep<Done<Input, Results>, Failure>,
  ): WorkflowSteps<Input, Results & Record<Id, StepResult<JsonObject, Failure>>>;
  wait(id: string, step: WaitStep<Done<Input, Results>>): WorkflowSteps<Input, Results>;
  /** Carries steps out side by side. None of them sees another's result; the next step begins when all are over. */
  parallel<Added extends object>(
    group: (steps: ParallelSteps<Input, Results>) => ParallelSteps<Input, Results, Added>,
  ): WorkflowSteps<Input, Results & Added>;
  /** Carries steps out only if the condition holds. */
  when<All extends Results>(
    condition: (done: Done<Input, Results>) => boolean,
    steps: (steps: WorkflowSteps<Input, Results>) => WorkflowSteps<Input, All>,
  ): WorkflowSteps<Input, Results & Partial<All>>;
}

/** Steps that are carried out side by side. Each sees the results of the steps before all of them. */
export interface ParallelSteps<Input, Results extends object, Added extends object = object> {
  tool<Id extends string, Output extends z.ZodType = z.ZodString, Failure extends OnFailure = "compensate">(
    id: Id,
    step: ToolStep<Done<Input, Results>, Done<Input, Results & Record<Id, z.output<Output>>>, Output, Failure>,
  ): ParallelSteps<Input, Results, Added & Record<Id, StepResult<z.output<Output>, Failure>>>;
  agent<Id extends string, Output extends z.ZodType = z.ZodString, Failure extends OnFailure = "compensate">(
    id: Id,
    step: AgentStep<Done<Input, Results>, Done<Input, Results & Record<Id, z.output<Output>>>, Output, Failure>,
  ): ParallelSteps<Input, Results, Added & Record<Id, StepResult<z.output<Output>, Failure>>>;
  approval<Id extends string, Failure extends OnFailure = "compensate">(
    id: Id,
    step: ApprovalStep<Done<Input, Results>, Failure>,
  ): ParallelSteps<Input, Results, Added & Record<Id, StepResult<JsonObject, Failure>>>;
}
