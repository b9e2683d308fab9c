import type { z } from "zod";
import type { JsonObject } from "../json/json.ts";

/** Turns the data of one version into that of the next: pure, total, and never changed once released. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** What the catalogue knows of one event type. */
export interface EventDefinition<Schema extends z.ZodType = z.ZodType> {
  /** The version that is written today. */
  readonly version: number;
  /** The schema of that version's data. */
  readonly schema: Schema;
  /** Under `n`, the step from version n to n + 1; one for each earlier version. */
  readonly upcasters: Readonly<Record<number, Upcaster>>;
}

/** The step from a version to one that only added fields which may be absent, or values that an earlier one did not have. */
export const onlyAdded: Upcaster = (data) => data;

/** Declares an event type at version 1, or at a later one together with the upcasters that lead to it. */
export function defineEvent<Schema extends z.ZodType>(
  schema: Schema,
  upcasters: Readonly<Record<number, Upcaster>> = {},
): EventDefinition<Schema> {
  return { version: Object.keys(upcasters).length + 1, schema, upcasters };
}
