import { AgentKitError, type ErrorCode, errorCodes, type FinishedSubRun } from "@agentkit/core";

/**
 * The text of a sub-run that completed.
 *
 * @throws AgentKitError with the code of a sub-run that failed, or `sub_run_failed` where its reason has no code of that table.
 */
export function answerOf(agent: string, { outcome, text, reason }: FinishedSubRun): string {
  if (outcome === "completed") return text;
  const code = reason !== undefined && isErrorCode(reason.code) ? reason.code : "sub_run_failed";
  const why = reason === undefined ? "" : `: ${reason.message}`;
  throw new AgentKitError(code, `The run of agent '${agent}' ended as ${outcome}${why}`);
}

/** The name of a tool that asks an agent, as a model's API takes it. */
export function toAgentToolName(agent: string): string {
  return `ask_${agent.replaceAll(/[^A-Za-z0-9_-]/g, "_")}`.slice(0, 64);
}

/** Milliseconds a tool that runs agents may take where it does not say: the runs' own limits come first. */
export const agentTimeoutMs = 3_600_000;

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
