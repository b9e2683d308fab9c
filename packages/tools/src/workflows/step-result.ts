import { AgentKitError, parseJson } from "@agentkit/core";
import { z } from "zod";

/** The result of a step whose output has to fit a schema. Throws `tool_result_invalid`. */
export function parseResult(schema: z.ZodType, text: string): unknown {
  const parsed = schema.safeParse(toJson(text));
  if (parsed.success) return parsed.data;
  throw new AgentKitError("tool_result_invalid", `It does not fit its schema: ${z.prettifyError(parsed.error)}`);
}

function toJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new AgentKitError("tool_result_invalid", "It is no JSON.", { cause });
  }
}
