import type { Reply } from "./replies.ts";
import { json, text } from "./replies.ts";
import type { ResponsesBody } from "./responses-body.ts";
import type { ScriptedRequest } from "./rules.ts";
import { sampleValue } from "./sample-value.ts";

/**
 * What the double says when no rule matches: what the tools answered, or else what the person said. A request for
 * structured output gets a value that its schema accepts.
 */
export function defaultReply(request: ScriptedRequest, body: ResponsesBody): Reply {
  const format = body.text?.format;
  if (format?.type === "json_schema") {
    return json(sampleValue(format.schema, request.text));
  }
  if (format?.type === "json_object") {
    return json({ echo: request.text });
  }
  return request.toolOutputs.length > 0
    ? text(`The tool answered: ${request.toolOutputs.map(({ output }) => output).join("; ")}`)
    : text(`Echo: ${request.text}`);
}
