import type { ToolContext } from "../agent/tool-context.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { Guard, SafetyScope } from "./guard.ts";
import { isBlocked } from "./verdicts.ts";

/** What the guard of a tool's call needs. */
export interface ToolGuardOptions {
  readonly guard: Guard | undefined;
  readonly callId: string;
  readonly tool: string;
  readonly scope: SafetyScope;
  /** Puts an event into the log of the call's run. */
  readonly note: (draft: EventDraft) => void;
}

/** Makes what a tool calls before it writes or sends something: see {@link ToolContext.guard}. */
export function guardToolText({ guard, callId, tool, scope, note }: ToolGuardOptions): ToolContext["guard"] {
  return async (surface, text) => {
    if (guard === undefined) return text;
    const { verdict, value, decisions } = await guard.text({ surface, text, tool }, scope);
    for (const decision of decisions) note({ type: "ModerationDecided", data: { ...decision, callId } });
    if (!isBlocked(verdict)) return value;
    throw new AgentKitError("content_blocked", `The safety policy does not let this go on (${surface}).`);
  };
}
