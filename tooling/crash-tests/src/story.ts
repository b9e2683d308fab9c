import { createHmac } from "node:crypto";
import { join } from "node:path";
import {
  type Agent,
  type AgentKit,
  type ApprovalAuthority,
  type CallDecision,
  type Clock,
  createAgentKit,
  defineAgent,
  defineTool,
  type EventLog,
  isFunctionCallOutput,
  type Item,
  type JsonObject,
  type LeaseStore,
  type Model,
  type PendingApproval,
  requestHash,
  type RunResult,
  type Tool,
  type ToolContext,
  toSessionStream,
  type WaitingCall,
} from "@agentkit/core";
import { z } from "zod";
import { type Cross, crossingLog, crossingModel } from "./boundaries.ts";
import { appendRecord, readEffects } from "./records.ts";

/** What the processes of a story have in common: the log, and a directory that stands for the world. */
export interface Stage {
  readonly log: EventLog;
  readonly directory: string;
  readonly session: string;
  readonly cross: Cross;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: nobody knows of the others. */
  readonly leases?: LeaseStore;
  /** How long `pay` waits for the bank, which never answers (default 40 ms), and what is told when it was stopped. */
  readonly bank?: { readonly timeoutMs: number; readonly onStopped: () => void };
}

/** Where the tools' effects are written. */
export function ledgerOf(directory: string): string {
  return join(directory, "ledger.jsonl");
}

/** Where the questions that reach the model are written. */
export function questionsOf(directory: string): string {
  return join(directory, "questions.jsonl");
}

/** The tools by what they declare for an outcome that nobody knows. */
export const policyOf: Readonly<Record<string, Tool["onUnknownOutcome"]>> = {
  reserve: "reconcile",
  pay: "ask",
  notify: "retry",
  stamp: "fail",
};

/**
 * A journey is booked: the model asks for two tools at once (`reserve`, and `pay`, which never says whether it worked, so
 * that a person has to), then for two more (`notify`, which a person has to approve, and `stamp`), then it answers.
 */
export function tellStory(stage: Stage): AgentKit {
  const { log, directory, cross, clock, leases } = stage;
  const agent = bookingAgent(stage);
  const model = crossingModel(bookingModel(directory), cross);
  return createAgentKit({
    log: crossingLog(log, cross),
    model,
    agents: [agent],
    approvals: authority,
    ...(clock && { clock }),
    ...(leases && { leases }),
  });
}

/** The key that all processes of the story share. */
const authority: ApprovalAuthority = {
  keyId: "story",
  sign: (text) => createHmac("sha256", "story").update(text).digest("base64url"),
  verify: (text, signature) => authority.sign(text) === signature,
};

/** Begins the run, or takes it up where it stands, and decides as a person would who looks into the ledger. */
export async function carryOn(kit: AgentKit, { log, session, directory }: Stage): Promise<RunResult> {
  const begun = (await log.head(toSessionStream(session))) !== undefined;
  let result = begun ? await kit.resume(session) : await kit.run({ session, input: "Book the 9:15 to Linz, please." });
  while (result.outcome === "suspended") {
    const requests = await kit.approvals(session);
    const decisions = result.waiting.map((call) => approve(call, requests) ?? decide(call, directory));
    result = await kit.resume(session, { decisions, approver: { user: "eve", roles: ["manager"] } });
  }
  return result;
}

function approve({ callId }: WaitingCall, requests: readonly PendingApproval[]): CallDecision | undefined {
  const ticket = requests.find((request) => request.callId === callId)?.ticket;
  return ticket === undefined ? undefined : { callId, outcome: "approve", ticket };
}

function decide({ callId, tool }: WaitingCall, directory: string): CallDecision {
  const happened = readEffects(ledgerOf(directory)).some((effect) => effect.callId === callId);
  return happened
    ? { callId, outcome: "succeeded", output: outputOf(tool) }
    : { callId, outcome: "retry", reason: "The ledger does not have it." };
}

function outputOf(tool: string): string {
  return `${tool}: done`;
}

/** The agent of the story. Its tools write what they do into the ledger. */
function bookingAgent(stage: Stage): Agent {
  const ledger = ledgerOf(stage.directory);
  const { bank = { timeoutMs: 40, onStopped: () => undefined } } = stage;
  return defineAgent({
    name: "booking",
    model: "scripted",
    instructions: "Book journeys.",
    tools: [
      bookingTool("reserve", stage, {
        reconcile: ({ idempotencyKey }) =>
          readEffects(ledger).some((effect) => effect.key === idempotencyKey)
            ? { status: "succeeded", output: outputOf("reserve") }
            : { status: "not_executed" },
      }),
      bookingTool("pay", stage, { timeoutMs: bank.timeoutMs, after: (signal) => untilStopped(signal, bank.onStopped) }),
      bookingTool("notify", stage, { sideEffects: "idempotent", needsApproval: true }),
      bookingTool("stamp", stage),
    ],
  });
}

interface BookingToolOptions {
  readonly reconcile?: (context: ToolContext) => { status: "succeeded"; output: string } | { status: "not_executed" };
  readonly sideEffects?: "idempotent";
  readonly needsApproval?: boolean;
  readonly timeoutMs?: number;
  readonly after?: (signal: AbortSignal) => Promise<void>;
}

function bookingTool(
  name: string,
  { directory, cross }: Pick<Stage, "directory" | "cross">,
  options: BookingToolOptions = {},
): Tool {
  const { reconcile, after, sideEffects = "unsafe", needsApproval = false, timeoutMs = 10_000 } = options;
  return defineTool({
    name,
    description: `Does ${name}.`,
    input: z.object({ journey: z.string() }),
    sideEffects,
    timeoutMs,
    onUnknownOutcome: policyOf[name] ?? "ask",
    ...(needsApproval && { approval: { when: "always", roles: ["manager"] } }),
    run: async (_input, { callId, idempotencyKey, attempt, signal }) => {
      cross(`before effect: ${name}`);
      appendRecord(ledgerOf(directory), { tool: name, callId, key: idempotencyKey, attempt });
      cross(`after effect: ${name}`);
      await after?.(signal);
      return outputOf(name);
    },
    ...(reconcile && { reconcile: (_input: unknown, context: ToolContext) => reconcile(context) }),
  });
}

async function untilStopped(signal: AbortSignal, onStopped: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  onStopped();
  throw new Error("The bank has not answered.");
}

/** A model that is a function of its request, as one behind a network is, and that notes each question before it answers. */
function bookingModel(directory: string): Model {
  return {
    description: "the story's model",
    async *stream(request) {
      appendRecord(questionsOf(directory), { requestHash: requestHash(request) });
      const output = answerTo(request.input.filter(isFunctionCallOutput).length);
      for (const [index, item] of output.entries()) yield { type: "item.done", index, item };
      const usage = {
        uncachedInputTokens: 7,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 3,
        reasoningTokens: 0,
      };
      yield { type: "completed", response: { status: "completed", output, usage } };
    },
  };
}

function answerTo(outputs: number): readonly Item[] {
  if (outputs === 0) return [toCall("reserve"), toCall("pay")];
  if (outputs === 2) return [toCall("notify"), toCall("stamp")];
  const content = [{ type: "output_text", text: "Booked.", annotations: [] }];
  return [{ type: "message", id: "msg_booked", role: "assistant", status: "completed", content }];
}

function toCall(name: string): Item & JsonObject {
  const call = { call_id: `call_${name}`, name, arguments: '{"journey":"9:15"}', status: "completed" };
  return { type: "function_call", id: `fc_${name}`, ...call };
}
