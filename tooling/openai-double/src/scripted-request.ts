import type { RequestContext } from "./assemble-context.ts";
import type { ContextItem } from "./input-item.ts";
import { textOfContent } from "./input-item.ts";
import type { ResponsesBody } from "./responses-body.ts";
import { functionToolsOf } from "./responses-body.ts";
import type { ScriptedRequest, ToolOutput } from "./rules.ts";

/** What a rule sees of a request for a response. */
export function toScriptedRequest(body: ResponsesBody, context: RequestContext): ScriptedRequest {
  const items = [...context.previous, ...context.input];
  return {
    endpoint: "responses",
    model: body.model,
    text: newestUserText(items),
    toolOutputs: newestToolOutputs(items),
    items,
    tools: functionToolsOf(body),
    body,
  };
}

function newestUserText(items: readonly ContextItem[]): string {
  const newest = items.findLast((item) => item.type === "message" && item.role === "user");
  return newest?.type === "message" ? textOfContent(newest.content) : "";
}

function newestToolOutputs(items: readonly ContextItem[]): readonly ToolOutput[] {
  const lastOther = items.findLastIndex((item) => item.type !== "function_call_output");
  return items
    .slice(lastOther + 1)
    .flatMap((item) =>
      item.type === "function_call_output" ? [{ callId: item.call_id, output: textOfContent(item.output) }] : [],
    );
}
