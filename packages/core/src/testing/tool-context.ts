import { anonymous } from "../access/principal.ts";
import type { ToolContext } from "../agent/tool-context.ts";

/** What a tool is told about its call, for a test that runs a tool without an engine. Its `runAgent` refuses. */
export function toolContext(change: Partial<ToolContext> = {}): ToolContext {
  return {
    session: "session-1",
    run: "run-1",
    callId: "call_1",
    idempotencyKey: "key-1",
    attempt: 1,
    signal: new AbortController().signal,
    principal: anonymous,
    agent: "assistant",
    runAgent: async ({ agent }) => Promise.reject(new Error(`No agent '${agent}' in this test.`)),
    guard: async (_surface, text) => Promise.resolve(text),
    ...change,
  };
}
