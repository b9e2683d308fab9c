import { type Tool, toolDefinitionInvalid, type ToolOptions, toToolDeclaration } from "@agentkit/core";
import { type ProgramEnvironment, resolveEnvironment } from "./program-environment.ts";
import { toProgramOutput } from "./program-output.ts";
import { type Accepted, compileSchema, type ProgramSchema } from "./program-schema.ts";
import { createCallSecrets } from "../secrets/call-secrets.ts";
import { runProgram } from "./run-program.ts";

/** What a tool that runs a program is defined by. */
export interface ProgramToolDefinition<Input extends ProgramSchema>
  extends ToolOptions<Accepted<Input>>, ProgramEnvironment {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  readonly description: string;
  /** The program and its arguments, passed on as they are: no shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Schema of the arguments, an object: zod's or JSON Schema. The program gets them as JSON on its standard input. */
  readonly input: Input;
  /** What it writes to its standard output: text, JSON, or JSON of a schema. Default `text`. */
  readonly output?: "text" | "json" | ProgramSchema;
  /** The directory it runs in. Default: that of this process. */
  readonly cwd?: string;
  /** Bytes of address space each of its processes may use. Linux only. Default: no limit. */
  readonly maxMemoryBytes?: number;
  /** Bytes it may write to standard output, and to standard error, before it is stopped. Default 10 MiB. */
  readonly maxStreamBytes?: number;
  /** Milliseconds between SIGTERM and SIGKILL when it is stopped. Default 1,000. */
  readonly graceMs?: number;
}

/**
 * Makes a tool from a program in any language: JSON arguments on standard input, the result on standard output, an exit code
 * other than 0 for a failure, whose last lines on standard error the model gets.
 *
 * Its environment has what is listed, `AGENTKIT_IDEMPOTENCY_KEY` (the same for each attempt at a call) and `AGENTKIT_PROGRAM_RUN`,
 * by which its children are found. When it ends, is cancelled or its time is up, it is killed with all its children; on Linux
 * also with those that left its process group. What ends this process by SIGKILL leaves the program running.
 *
 * @throws AgentKitError `definition_invalid`. The tool fails with `tool_program_failed`, `tool_program_not_started`,
 * `tool_output_limit_exceeded`, `tool_result_invalid` or `secret_not_found`.
 *
 * @example
 * ```ts
 * import { programTool } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const wordCount = programTool({
 *   name: "word_count",
 *   description: "Counts the words of a text.",
 *   command: ["python3", "-c", "import json,sys; print(len(json.load(sys.stdin)['text'].split()))"],
 *   input: z.object({ text: z.string() }),
 *   output: z.number(),
 *   inheritEnv: ["PATH"],
 *   sideEffects: "none",
 *   timeoutMs: 5_000,
 * });
 * ```
 */
export function programTool<Input extends ProgramSchema>(definition: ProgramToolDefinition<Input>): Tool {
  checkDefinition(definition);
  const { name, command, cwd, maxMemoryBytes, maxStreamBytes = 10_485_760, graceMs = 1_000 } = definition;
  const input = compileSchema(name, definition.input, "input");
  if (input.schema["type"] !== "object") throw toolDefinitionInvalid(name, "the input schema must be an object");
  const { output = "text" } = definition;
  const result = typeof output === "string" ? output : compileSchema(name, output, "output");
  return {
    ...toToolDeclaration(definition),
    parameters: input.schema,
    strict: false,
    ...(typeof result !== "string" && { outputSchema: result.schema }),
    parse: (value) => input.parse(value),
    execute: async (value, { signal, idempotencyKey }) => {
      const secrets = createCallSecrets(definition.secrets);
      const variables = await resolveEnvironment(definition, secrets);
      const end = await runProgram({
        name,
        command,
        cwd,
        env: { ...variables, AGENTKIT_IDEMPOTENCY_KEY: idempotencyKey },
        stdin: JSON.stringify(value),
        maxMemoryBytes,
        maxStreamBytes,
        graceMs,
        signal,
      });
      return toProgramOutput(end, { name, output: result, hide: (text) => secrets.hide(text) });
    },
  };
}

function checkDefinition(definition: ProgramToolDefinition<ProgramSchema>): void {
  const { name, command, maxMemoryBytes, maxStreamBytes, graceMs, secretEnv, secrets } = definition;
  if (command.length === 0 || command[0] === "") throw toolDefinitionInvalid(name, "command names no program");
  for (const [option, value] of Object.entries({ maxMemoryBytes, maxStreamBytes, graceMs })) {
    if (value !== undefined && !(value > 0)) throw toolDefinitionInvalid(name, `${option} must be a positive number`);
  }
  if (maxMemoryBytes !== undefined && process.platform !== "linux") {
    throw toolDefinitionInvalid(name, `maxMemoryBytes cannot be enforced on ${process.platform}; leave it out`);
  }
  if (secretEnv !== undefined && secrets === undefined) {
    throw toolDefinitionInvalid(name, "secretEnv needs a source in secrets");
  }
}
