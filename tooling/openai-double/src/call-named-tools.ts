import type { Reply } from "./replies.ts";
import { functionCalls } from "./replies.ts";
import type { FunctionTool } from "./responses-body.ts";
import type { Rule, ScriptedRequest } from "./rules.ts";
import { sampleValue } from "./sample-value.ts";
import { isJsonRecord } from "./json-record.ts";

/**
 * Calls each function tool whose name a person has just mentioned, with arguments that its schema accepts; strings get
 * the rest of what the person said. Underscores and dashes of a name may be spoken as spaces.
 */
export const callNamedTools: Rule = {
  when: (request) => request.toolOutputs.length === 0 && namedTools(request).length > 0,
  reply: (request): Reply =>
    functionCalls(
      namedTools(request).map((tool) => ({ name: tool.name, arguments: sampleArguments(tool, restOf(request, tool)) })),
    ),
};

function namedTools(request: ScriptedRequest): readonly FunctionTool[] {
  return request.tools.filter((tool) => spokenName(tool).test(request.text));
}

function restOf(request: ScriptedRequest, tool: FunctionTool): string {
  const rest = request.text.replace(spokenName(tool), "").replaceAll(/\s+/g, " ").trim();
  return rest === "" ? request.text : rest;
}

function sampleArguments(tool: FunctionTool, filler: string): Readonly<Record<string, unknown>> {
  const sampled = sampleValue(tool.parameters ?? { type: "object" }, filler);
  return isJsonRecord(sampled) ? sampled : {};
}

/** Function names hold letters, digits, underscores and dashes only, so that none of them means anything in a pattern. */
function spokenName(tool: FunctionTool): RegExp {
  return new RegExp(tool.name.replaceAll(/[^\p{L}\p{N}]+/gu, "[_\\s-]+"), "i");
}
