import { z } from "zod";
import type { JsonObject } from "../json/json.ts";
import type { ContentHash } from "../json/content-hash.ts";
import type { Item } from "../model/items.ts";

// Schemas that several events share. Objects are strict: an unknown field is a new version, not an accident.

/** A content address, as {@link ContentHash}. */
export const contentHashSchema: z.ZodType<ContentHash> = z.templateLiteral([
  "sha256:",
  z.string().regex(/^[0-9a-f]{64}$/),
]);

/** An id or a name: 1 to 200 characters. */
export const identifierSchema: z.ZodString = z.string().min(1).max(200);

/** A whole number from 0. */
export const countSchema: z.ZodNumber = z.number().int().nonnegative();

/** An object of JSON values. */
export const jsonObjectSchema: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** An item of a conversation. Items are the Responses API's: only `type` is ours to rely on, the rest is carried as it came. */
export const itemSchema: z.ZodType<Item> = z.custom<Item>(isItem, "an item is an object with a type");

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Names and texts that a caller keeps with something. */
export const metadataSchema: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string());
