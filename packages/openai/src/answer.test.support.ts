import { AgentKitError } from "@agentkit/core";
import type { Model, ModelRequest, ModelResponse, ModelStreamPart } from "@agentkit/core";

/** A request in which a user says one thing. */
export function ask(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { model: "gpt-test", input: [{ type: "message", role: "user", content: text }], ...more };
}

/** Reads an answer to its end. */
export async function collect(
  model: Model,
  request: ModelRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly ModelStreamPart[]> {
  const parts: ModelStreamPart[] = [];
  for await (const part of model.stream(request, { signal })) parts.push(part);
  return parts;
}

/** The finished answer, which must be the last part and the only one of its kind. */
export function responseOf(parts: readonly ModelStreamPart[]): ModelResponse {
  const [completed, ...others] = parts.filter((part) => part.type === "completed");
  if (completed === undefined || others.length > 0 || parts.at(-1) !== completed) {
    throw new Error("The answer does not end with exactly one part 'completed'.");
  }
  return completed.response;
}

/** The error that something ends with, which must be an AgentKitError. */
export async function errorOf(work: Promise<unknown>): Promise<AgentKitError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!AgentKitError.is(outcome)) throw new Error("It did not end with an AgentKitError.", { cause: outcome });
  return outcome;
}

/** Everything a log or a screen could show of an error. */
export function shown(error: AgentKitError): string {
  return [error.message, error.stack, error.param, String(error.cause), JSON.stringify(error)].join("\n");
}
