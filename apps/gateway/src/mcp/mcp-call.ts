import { type CallToolResult, ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import {
  AgentKitError,
  type JsonObject,
  type Principal,
  type RecordedEvent,
  type RunOptions,
  type RunResult,
  type RunStream,
  type WaitingCall,
} from "@agentkit/core";
import type { GatewayContext } from "../gateway-context.ts";
import { describeError } from "../http/failure-table.ts";
import { toMcpPrompt } from "./mcp-agent.ts";
import type { McpTarget } from "./mcp-catalogue.ts";

/** One `tools/call`. */
export interface McpCall {
  readonly target: McpTarget;
  readonly input: JsonObject;
  readonly principal: Principal;
  readonly signal: AbortSignal;
  /** What the access policy decided about a call of an agent, for the record of its run. */
  readonly access?: { readonly rule: string; readonly policy: string } | undefined;
  /** Told of each event of the run. */
  readonly onEvent: (event: RecordedEvent) => Promise<void>;
}

/** What a call came to. */
export interface McpCallOutcome {
  readonly result: CallToolResult;
  /** The access policy did not let the principal use the tool. */
  readonly denied: boolean;
}

/**
 * Makes a call a run in a session of its own, so that roles, approvals and the record are those of any other run.
 *
 * @throws ProtocolError when the run cannot be begun or recorded.
 */
export async function callTarget(context: GatewayContext, call: McpCall): Promise<McpCallOutcome> {
  try {
    const run = await context.kit.stream(toRunOptions(call));
    const outcome = await context.work.track(run.session, follow(run, call));
    const result = await context.kit.result(run.session, run.run);
    return { result: await toResult(context, { result, outcome }), denied: isDenied(outcome) };
  } catch (error) {
    context.writes.note(error);
    throw toProtocolError(error);
  }
}

function toRunOptions({ target, input, principal, signal, access }: McpCall): RunOptions {
  if (target.type === "tool") {
    return { agent: target.runner.name, input: toMcpPrompt(target.tool.name, input), principal, signal };
  }
  const text = input["input"];
  if (typeof text !== "string") throw new AgentKitError("input_invalid", "The argument 'input' must be a string.");
  const metadata = access && { access_rule: access.rule, access_policy: access.policy };
  return { agent: target.agent.name, input: text, principal, signal, ...(metadata && { metadata }) };
}

/** How the call of a tool ended, as it was recorded; nothing while it waits, and nothing to say of an agent. */
type Outcome = Extract<RecordedEvent, { type: "ToolCallSucceeded" | "ToolCallFailed" | "ToolCallDenied" }> | undefined;

async function follow(run: RunStream, { target, onEvent }: McpCall): Promise<Outcome> {
  let outcome: Outcome;
  for await (const part of run) {
    if (part.type !== "event") continue;
    const { event } = part;
    await onEvent(event);
    if (target.type === "tool" && isOutcome(event)) outcome = event;
  }
  return outcome;
}

function isOutcome(event: RecordedEvent): event is Exclude<Outcome, undefined> {
  return event.type === "ToolCallSucceeded" || event.type === "ToolCallFailed" || event.type === "ToolCallDenied";
}

function isDenied(outcome: Outcome): boolean {
  return outcome?.type === "ToolCallDenied" && outcome.data.code === "access_denied";
}

interface Ended {
  readonly result: RunResult;
  readonly outcome: Outcome;
}

async function toResult(context: GatewayContext, ended: Ended): Promise<CallToolResult> {
  const { session, run, outcome } = ended.result;
  const result = outcome === "suspended" ? await toWaiting(context, ended.result) : await toEnd(context, ended);
  return { ...result, _meta: { "agentkit/session": session, "agentkit/run": run } };
}

async function toEnd({ view }: GatewayContext, { result, outcome }: Ended): Promise<CallToolResult> {
  const toText = async (text: string): Promise<string> => view.text(text, { session: result.session });
  if (outcome?.type === "ToolCallSucceeded") return textResult(await toText(outcome.data.output));
  if (outcome !== undefined) return failure(outcome.data.code, await toText(outcome.data.message));
  // The kit has put values back in its own results.
  if (result.outcome === "completed") return textResult(result.text);
  const { code = "internal", message = "The run did not end." } = result.reason ?? {};
  return failure(code, message);
}

function textResult(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}

/** The result of a call that the access policy denies to somebody who may see what they call. */
export function deniedResult(name: string): CallToolResult {
  return failure("access_denied", `You may not call '${name}' with these arguments.`);
}

function failure(code: string, message: string): CallToolResult {
  return { content: [{ type: "text", text: `${message} (${code})` }], isError: true };
}

/** A call that waits for a person has not failed: the answer says where it waits. Tickets are for approvers only. */
async function toWaiting({ kit }: GatewayContext, { session, run, waiting }: RunResult): Promise<CallToolResult> {
  const approvals = (await kit.approvals(session)).map((pending) => ({
    approval: pending.approval,
    session: pending.session,
    tool: pending.tool,
    roles: [...pending.roles],
    expires: pending.expires,
  }));
  const reasons = [...new Set(waiting.map(toReason)), `session ${session}`].join("; ");
  return {
    content: [{ type: "text", text: `The call is not over: ${reasons}. Do not repeat it.` }],
    structuredContent: { status: "waiting", session, run, approvals },
  };
}

function toReason({ tool, reason }: WaitingCall): string {
  switch (reason) {
    case "approval_required":
      return `'${tool}' waits for an approval and has not been executed`;
    case "outcome_unknown":
      return `it is not known whether '${tool}' took effect, and a person has to find out`;
    case "waiting":
      return `'${tool}' waits`;
  }
}

function toProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const { message, status, code } = describeError(error);
  const kind = status < 500 ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  return new ProtocolError(kind, message, { code });
}
