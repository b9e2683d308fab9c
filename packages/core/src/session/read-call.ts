import { z } from "zod";
import type { AccessDecision } from "../access/access-policy.ts";
import { decideAccess } from "../access/decide-access.ts";
import { toJudgedArguments } from "../access/judged-arguments.ts";
import type { ParsedArguments, Tool } from "../agent/tool.ts";
import type { JsonValue } from "../json/json.ts";
import { parseJson } from "../json/parse-json.ts";
import type { RunDefinition } from "./run-definition.ts";

/** What a tool would get of arguments, or why it does not get them; and what was decided about access. */
export type ReadCall = { readonly access: AccessDecision | undefined } & (
  | { readonly ok: true; readonly input: unknown }
  | { readonly ok: false; readonly code: "arguments_invalid" | "access_denied"; readonly message: string }
);

/** Reads the arguments of a call, JSON text, and decides whether the run's principal may use the tool with them. Pure. */
export function readCall(tool: Tool, argumentsText: string, definition: RunDefinition): ReadCall {
  const value = toJson(argumentsText);
  // Before the schema is asked, which would tell somebody who may not use the tool what it takes.
  const raw = decideCall(tool, value?.json, definition);
  if (raw?.effect === "deny") return accessDenied(tool.name, raw, definition);
  const parsed = value === undefined ? notJson : parseArguments(tool, value.json);
  if (!parsed.ok) return { ok: false, access: raw, code: "arguments_invalid", message: parsed.message };
  // The tool gets what its schema made of the arguments: a rule must not miss that for having been written otherwise.
  const access = decideCall(tool, toJudgedArguments(parsed.value, value?.json ?? null), definition);
  if (access?.effect === "deny") return accessDenied(tool.name, access, definition);
  return { ok: true, access, input: parsed.value };
}

/** The names that the model is shown. */
export function shownNames({ call }: RunDefinition): readonly string[] {
  return call.tools.map(({ name }) => name);
}

/** What is decided about a call, and once its arguments are accepted, about what the tool would get. */
function decideCall(
  tool: Tool,
  given: JsonValue | undefined,
  { access, agent }: RunDefinition,
): AccessDecision | undefined {
  return decideAccess(access, agent.name, { tool, ...(given !== undefined && { arguments: given }) });
}

// A tool that the model is not shown is, to the model, none.
function accessDenied(name: string, access: AccessDecision, definition: RunDefinition): ReadCall {
  const known = shownNames(definition);
  const message = known.includes(name)
    ? `You may not use the tool '${name}' with these arguments.`
    : `There is no tool '${name}'. Tools: ${known.join(", ") || "none"}.`;
  return { ok: false, access, code: "access_denied", message };
}

function toJson(text: string): { readonly json: JsonValue } | undefined {
  try {
    return { json: parseJson(text) };
  } catch {
    return undefined;
  }
}

const notJson: ParsedArguments = { ok: false, message: "The arguments are no valid JSON." };

function parseArguments(tool: Tool, value: JsonValue): ParsedArguments {
  try {
    const parsed = parsedSchema.parse(tool.parse(value));
    return parsed.ok ? parsed : { ok: false, message: parsed.message.toWellFormed() };
  } catch {
    // A schema may throw as well (a transform, a refinement that waits), which says as much as a refusal.
    return { ok: false, message: "The arguments were not accepted." };
  }
}

const parsedSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);
