import type { JsonObject } from "@agentkit/core";
import type { ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { compileLinearPattern } from "./linear-pattern.ts";

/** Says what in a value does not fit, a line a fault, or nothing when it fits. */
export type SchemaCheck = (value: unknown) => string | undefined;

/** Compiles JSON Schemas, each once. */
export interface SchemaValidator {
  /** `subject` is what a whole value is called. Throws for what is no JSON Schema 2020-12. */
  compile(schema: JsonObject, subject: string): SchemaCheck;
}

/** Makes a {@link SchemaValidator} whose patterns run in linear time. Formats that nobody knows are not checked. */
export function createSchemaValidator(): SchemaValidator {
  const regExp = Object.assign((pattern: string) => compileLinearPattern(pattern), { code: "compileLinearPattern" });
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, addUsedSchema: false, code: { regExp } });
  // The exact formats are long patterns of the built-in engine; the fast ones are short.
  addFormats.default(ajv, { mode: "fast" });
  return {
    compile: (schema, subject) => {
      const validate = ajv.compile(schema);
      return (value) => (validate(value) ? undefined : describe(validate.errors ?? [], subject));
    },
  };
}

const mostFaults = 10;

function describe(errors: readonly ErrorObject[], subject: string): string {
  const lines = [...new Set(errors.map((error) => describeOne(error, subject)))];
  const more = lines.length > mostFaults ? [`and ${lines.length - mostFaults} more`] : [];
  return [...lines.slice(0, mostFaults), ...more].join("\n");
}

function describeOne({ instancePath, message, params }: ErrorObject, subject: string): string {
  const detail = Object.entries(params)
    .filter(([name]) => name === "additionalProperty" || name === "allowedValues" || name === "unevaluatedProperty")
    .map(([, value]) => `: ${JSON.stringify(value)}`);
  return `${instancePath === "" ? subject : instancePath} ${message ?? "is not valid"}${detail.join("")}`;
}
