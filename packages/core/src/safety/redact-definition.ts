import { AgentKitError } from "../errors/agent-kit-error.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { CallDefinition } from "../agent/call-definition.ts";
import { parseSettings, parseTools } from "../model/definition-schemas.ts";
import type { Safety } from "./safety.ts";

/** A text of a definition as it is recorded, and so as it is sent: by its hash, the same in every session. */
export function redactText(safety: Safety | undefined, text: string): string {
  if (safety === undefined) return text;
  const known = redactedTexts.get(safety) ?? new Map<string, string>();
  redactedTexts.set(safety, known);
  const before = known.get(text);
  if (before !== undefined) return before;
  const redacted = safety.redactor.definition(text);
  if (known.size >= rememberedTexts) known.clear();
  known.set(text, redacted);
  return redacted;
}

/** Definitions hardly ever change from run to run, and can be long. */
const redactedTexts = new WeakMap<Safety, Map<string, string>>();

const rememberedTexts = 256;

/** What requests say, as it is recorded. */
export function redactCall(safety: Safety | undefined, call: CallDefinition): CallDefinition {
  if (safety === undefined) return call;
  const { model, instructions } = call;
  return {
    model,
    instructions: instructions === undefined ? undefined : redactText(safety, instructions),
    tools: redactJson(safety, call.tools, parseTools),
    settings: redactJson(safety, call.settings, parseSettings),
  };
}

function redactJson<Value>(safety: Safety, value: Value, parse: (text: string) => Value): Value {
  const text = canonicalJson(value);
  const redacted = redactText(safety, text);
  if (redacted === text) return value;
  try {
    return parse(redacted);
  } catch (cause) {
    // A detector that failed has the whole of it withheld: there is nothing to run with.
    const message = "The safety policy could not look at the tools or settings of the run, and withholds them.";
    throw new AgentKitError("content_blocked", message, { cause });
  }
}
