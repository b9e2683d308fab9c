import { AgentKitError, type JsonValue, parseJson } from "@agentkit/core";
import type { CompiledSchema } from "./program-schema.ts";
import type { ProgramEnd } from "./run-program.ts";

/** How the output of a program is read. */
export interface ProgramOutputOptions {
  /** The tool's name, for messages. */
  readonly name: string;
  readonly output: "text" | "json" | CompiledSchema;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
}

/** The text for the model of a program that ended well. Throws `tool_program_failed` or `tool_result_invalid`. */
export function toProgramOutput(end: ProgramEnd, options: ProgramOutputOptions): string {
  if (end.code !== 0) throw failed(end, options);
  return options.hide(readOutput(decode(end.stdout, options).trimEnd(), options));
}

function readOutput(text: string, options: ProgramOutputOptions): string {
  if (options.output === "text") return text;
  const value = readJson(text, options);
  if (options.output === "json") return JSON.stringify(value);
  const parsed = options.output.parse(value);
  if (!parsed.ok) throw invalid(options, `its result does not fit its schema: ${parsed.message}`);
  return JSON.stringify(parsed.value) ?? "";
}

const shownLines = 20;
const shownCharacters = 2_000;

function failed({ code, signal, stderr }: ProgramEnd, { name, hide }: ProgramOutputOptions): AgentKitError {
  const end = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const lines = hide(stderr.toString("utf8")).trimEnd().split("\n").slice(-shownLines);
  const said = lastCharacters(lines.join("\n"));
  const message = `The program of the tool '${name}' ${end}${said === "" ? "." : `:\n${said}`}`;
  return new AgentKitError("tool_program_failed", message, { retryable: true });
}

/** The end of a text, not from within a word: half of a secret is told by nobody. */
function lastCharacters(text: string): string {
  return text.length <= shownCharacters ? text : text.slice(-shownCharacters).replace(/^\S+/, "…");
}

function decode(stdout: Buffer, options: ProgramOutputOptions): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(stdout);
  } catch {
    throw invalid(options, "what it wrote is no UTF-8 text");
  }
}

function readJson(text: string, options: ProgramOutputOptions): JsonValue {
  try {
    return parseJson(text);
  } catch {
    // Hidden before it is cut: half a secret would not be found.
    const shown = options.hide(text);
    const start = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
    throw invalid(options, start === "" ? "it wrote nothing where JSON is expected" : `it wrote no JSON: ${start}`);
  }
}

function invalid({ name, hide }: ProgramOutputOptions, reason: string): AgentKitError {
  return new AgentKitError("tool_result_invalid", hide(`The program of the tool '${name}' ran, but ${reason}`));
}
