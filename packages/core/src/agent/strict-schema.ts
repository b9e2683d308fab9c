import type { JsonObject, JsonValue } from "../json/json.ts";

/** A schema as OpenAI's strict mode takes it, with the way back for the arguments that come of it. */
export interface StrictSchema {
  readonly parameters: JsonObject;
  /** Takes out the nulls that stand for a property left out. */
  restore(value: JsonValue): JsonValue;
}

/**
 * Makes JSON Schema fit for strict mode: every property is required, an optional one may be null instead, no other properties are
 * allowed, and keywords that strict mode does not take are told in the description.
 *
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 * @throws Error with the place of what strict mode cannot express.
 */
export function toStrictSchema(schema: JsonObject): StrictSchema {
  const { $defs, ...rest } = schema;
  const definitions = isObject($defs) ? mapValues($defs, (part, name) => toStrict(part, `$defs.${name}`)) : undefined;
  const parameters = { ...toStrict(rest, "the top"), ...(definitions && { $defs: definitions }) };
  return { parameters, restore: (value) => restore(value, schema, schema) };
}

const kept: ReadonlySet<string> = new Set(
  "type enum const description anyOf items properties pattern multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems".split(
    " ",
  ),
);

const keptFormats: ReadonlySet<JsonValue | undefined> = new Set(
  "date-time time date duration email hostname ipv4 ipv6 uuid".split(" "),
);

const refused = ["allOf", "not", "if", "prefixItems", "patternProperties", "propertyNames", "dependentSchemas"];

/** Rewritten below, or of no use to the model. */
const replaced: ReadonlySet<string> = new Set(["oneOf", "required", "additionalProperties", "$ref", "title", "id"]);

function toStrict(schema: JsonValue | undefined, place: string): JsonObject {
  if (!isObject(schema)) throw inexpressible(place, "a schema that allows or forbids everything");
  // Strict mode takes no keyword beside a reference.
  if (schema["$ref"] !== undefined) return { $ref: schema["$ref"] };
  const keyword = refused.find((name) => schema[name] !== undefined);
  if (keyword !== undefined) throw inexpressible(place, `'${keyword}'`);
  const alternatives = alternativesOf(schema);
  if (!["type", "enum", "const"].some((name) => schema[name] !== undefined) && alternatives === undefined) {
    throw inexpressible(place, "a value of any type");
  }
  return {
    ...withTold(schema),
    ...(alternatives && {
      anyOf: alternatives.map((part, index) => toStrict(part, `${place}.anyOf.${index}`)),
    }),
    ...(schema["type"] === "array" && { items: toStrict(schema["items"], `${place}.items`) }),
    ...(schema["type"] === "object" && toStrictObject(schema, place)),
  };
}

function toStrictObject(schema: JsonObject, place: string): JsonObject {
  const { properties = {}, additionalProperties } = schema;
  if (isObject(additionalProperties) || additionalProperties === true) {
    throw inexpressible(place, "properties whose names are not known");
  }
  if (!isObject(properties)) throw inexpressible(place, "properties that are no object");
  return {
    properties: mapValues(properties, (part, name) => {
      const strict = toStrict(part, place === "the top" ? name : `${place}.${name}`);
      return isRequired(schema, name) ? strict : toNullable(strict);
    }),
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

function toNullable(schema: JsonObject): JsonObject {
  if (takesNull(schema)) return schema;
  const { anyOf } = schema;
  if (isList(anyOf)) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  return { anyOf: [schema, { type: "null" }] };
}

function withTold(schema: JsonObject): JsonObject {
  const told: string[] = [];
  const entries = Object.entries(schema).filter(([name, value]) => {
    if (kept.has(name) || (name === "format" && keptFormats.has(value))) return true;
    if (!replaced.has(name)) told.push(`${name}: ${JSON.stringify(value)}`);
    return false;
  });
  const result = Object.fromEntries(entries);
  if (told.length === 0) return result;
  const text = `(${told.join(", ")})`;
  const { description } = schema;
  return { ...result, description: typeof description === "string" ? `${description} ${text}` : text };
}

function restore(value: JsonValue, part: JsonValue | undefined, root: JsonObject): JsonValue {
  const schema = resolve(part, root);
  if (schema === undefined) return value;
  const meant = alternativesOf(schema)?.find((alternative) => isMeant(value, resolve(alternative, root)));
  if (meant !== undefined) return restore(value, meant, root);
  if (isList(value)) return value.map((item) => restore(item, schema["items"], root));
  const { properties } = schema;
  if (!isObject(value) || !isObject(properties)) return value;
  const entries = Object.entries(value).filter(([name, item]) => {
    return item !== null || isRequired(schema, name) || takesNull(resolve(properties[name], root));
  });
  return Object.fromEntries(entries.map(([name, item]) => [name, restore(item ?? null, properties[name], root)]));
}

/** Whether a value is of one alternative of a union: by its type and by the constants that tell objects apart. */
function isMeant(value: JsonValue, schema: JsonObject | undefined): boolean {
  if (isList(value)) return schema?.["type"] === "array";
  const properties = schema?.["properties"];
  if (!isObject(value) || !isObject(properties)) return false;
  const names = Object.keys(properties);
  return (
    Object.keys(value).every((name) => names.includes(name)) &&
    names.every((name) => {
      const property = properties[name];
      const constant = isObject(property) ? property["const"] : undefined;
      return constant === undefined ? !isRequired(schema ?? {}, name) || name in value : constant === value[name];
    })
  );
}

function resolve(part: JsonValue | undefined, root: JsonObject): JsonObject | undefined {
  if (!isObject(part)) return undefined;
  const reference = part["$ref"];
  if (typeof reference !== "string") return part;
  if (reference === "#") return root;
  const { $defs } = root;
  return isObject($defs) ? resolve($defs[reference.replace("#/$defs/", "")], root) : undefined;
}

function takesNull(schema: JsonObject | undefined): boolean {
  if (schema === undefined) return false;
  const { type, enum: values } = schema;
  if (type === "null" || (isList(type) && type.includes("null"))) return true;
  if (isList(values) && values.includes(null)) return true;
  return alternativesOf(schema)?.some((part) => isObject(part) && takesNull(part)) ?? false;
}

function isRequired(schema: JsonObject, name: string): boolean {
  const { required } = schema;
  return isList(required) && required.includes(name);
}

function alternativesOf(schema: JsonObject): readonly JsonValue[] | undefined {
  const alternatives = schema["anyOf"] ?? schema["oneOf"];
  return isList(alternatives) ? alternatives : undefined;
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(
  object: JsonObject,
  change: (value: JsonValue | undefined, name: string) => JsonObject,
): Record<string, JsonObject> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}

function inexpressible(place: string, what: string): Error {
  return new Error(`strict mode cannot express ${what} (at ${place})`);
}
