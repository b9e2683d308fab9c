import type { JsonSchemaType, JsonSchemaValidator, jsonSchemaValidator } from "@modelcontextprotocol/client";
import { Ajv, type Options } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { RE2JS } from "re2js";

/** Says what is wrong with a value, or nothing. */
export type SchemaCheck = (value: unknown) => string | undefined;

/**
 * Makes the check of a schema that an MCP server wrote. Each schema is compiled by itself, so that two with one `$id` are not taken
 * for each other, and its patterns run in linear time, so that a server cannot stop this process with one. Throws for a schema
 * that cannot be used: a reference that leads nowhere, a pattern with look-around, a keyword of the wrong type.
 */
export function compileDocumentSchema(schema: Readonly<Record<string, unknown>>): SchemaCheck {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const ajv = createAjv(schema["$schema"]);
  const validate = ajv.compile(schema);
  const check: SchemaCheck = (value) =>
    validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: "value" });
  compiled.set(schema, check);
  return check;
}

/** {@link compileDocumentSchema} as the SDK's client asks for it, to check what a tool gives. */
export const documentValidator: jsonSchemaValidator = {
  getValidator<T>(schema: JsonSchemaType): JsonSchemaValidator<T> {
    const check = compileDocumentSchema(schema);
    const isValid = (value: unknown): value is T => check(value) === undefined;
    return (value) =>
      isValid(value)
        ? { valid: true, data: value, errorMessage: undefined }
        : { valid: false, data: undefined, errorMessage: check(value) ?? "" };
  },
};

// The SDK asks for the validator of a result at every call.
const compiled = new WeakMap<object, SchemaCheck>();

function createAjv(dialect: unknown): Ajv {
  const ajv = toAjv(typeof dialect === "string" ? dialect : "");
  addFormats.default(ajv);
  return ajv;
}

function toAjv(dialect: string): Ajv {
  if (/draft-0[67]/.test(dialect)) return new Ajv(options);
  return dialect.includes("2019-09") ? new Ajv2019(options) : new Ajv2020(options);
}

const linearRegExp = Object.assign(
  (pattern: string) => {
    const automaton = RE2JS.compile(pattern);
    return { test: (text: string) => automaton.matcher(text).find() };
  },
  { code: 'require("re2js").RE2JS' },
);

const options: Options = {
  strict: false,
  validateSchema: false,
  allErrors: true,
  code: { regExp: linearRegExp },
};
