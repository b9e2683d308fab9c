import { matchesName } from "@agentkit/core";
import type { JsonValue, Principal } from "@agentkit/core";
import { z } from "zod";

/** A value that a condition compares with. */
export type ConditionValue = string | number | boolean | null;

/**
 * What has to be true of the arguments at a path; everything that is given has to be. Where `*` stands for each element of a list, it
 * has to be true of all of them for a rule that allows, of one of them for a rule that denies. What cannot be compared (a text with
 * `lt`, a number with `like`, something missing with either) does not allow, and does deny.
 */
export interface ArgumentCondition {
  /** Names and indexes with dots between: `amount`, `customer.id`, `lines.*.price`. */
  readonly path: string;
  readonly eq?: ConditionValue | undefined;
  readonly in?: readonly ConditionValue[] | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  /** A pattern for a text, in which `*` stands for any characters. */
  readonly like?: string | undefined;
  /** Whether there is something at the path. */
  readonly exists?: boolean | undefined;
  /** The principal's user or tenant is at the path. */
  readonly principal?: "user" | "tenant" | undefined;
}

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Schema of an {@link ArgumentCondition}. */
export const argumentConditionSchema: z.ZodType<ArgumentCondition> = z
  .strictObject({
    path: z.string().regex(/^[^.]+(\.[^.]+)*$/, "a path is names with dots between"),
    eq: valueSchema.optional(),
    in: z.array(valueSchema).min(1).optional(),
    lt: z.number().optional(),
    lte: z.number().optional(),
    gt: z.number().optional(),
    gte: z.number().optional(),
    like: z.string().optional(),
    exists: z.boolean().optional(),
    principal: z.enum(["user", "tenant"]).optional(),
  })
  .refine((condition) => Object.keys(condition).length > 1, "nothing is asked of what is at the path");

/** Whether conditions are met: `unknown` where something cannot be compared. */
export type Verdict = boolean | "unknown";

/** Asks whether all conditions of a rule are met. */
export type ConditionTest = (input: JsonValue, principal: Principal) => Verdict;

/** Makes the test of a rule's conditions. */
export function toConditionTest(conditions: readonly ArgumentCondition[], effect: "allow" | "deny"): ConditionTest {
  const combine = effect === "allow" ? all : any;
  const tests = conditions.map((condition) => {
    const path = condition.path.split(".");
    const checks = toChecks(condition);
    return (input: JsonValue, principal: Principal): Verdict =>
      combine(valuesAt(input, path).map((value) => all(checks.map((check) => check(value, principal)))));
  });
  return (input, principal) => all(tests.map((test) => test(input, principal)));
}

/** What is at a path; `undefined` where there is nothing. */
type Check = (value: JsonValue | undefined, principal: Principal) => Verdict;

function toChecks({
  eq,
  in: list,
  lt,
  lte,
  gt,
  gte,
  like,
  exists,
  principal: field,
}: ArgumentCondition): readonly Check[] {
  const checks: Check[] = [];
  if (exists !== undefined) checks.push((value) => (value !== undefined) === exists);
  if (eq !== undefined) checks.push((value) => value === eq);
  if (list !== undefined) checks.push((value) => list.some((element) => element === value));
  if (lt !== undefined) checks.push(compare((value) => value < lt));
  if (lte !== undefined) checks.push(compare((value) => value <= lte));
  if (gt !== undefined) checks.push(compare((value) => value > gt));
  if (gte !== undefined) checks.push(compare((value) => value >= gte));
  if (like !== undefined) checks.push(toLike(like));
  if (field !== undefined) checks.push((value, principal) => isOf(principal[field], value));
  return checks;
}

function compare(holds: (value: number) => boolean): Check {
  return (value) => (typeof value === "number" ? holds(value) : "unknown");
}

function toLike(pattern: string): Check {
  const matches = matchesName(pattern);
  return (value) => (typeof value === "string" ? matches(value) : "unknown");
}

function isOf(own: string | undefined, value: JsonValue | undefined): Verdict {
  return own === undefined ? "unknown" : own === value;
}

function valuesAt(value: JsonValue | undefined, path: readonly string[]): readonly (JsonValue | undefined)[] {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (typeof value !== "object" || value === null) return [undefined];
  if (name === "*" && isList(value)) {
    return value.length === 0 ? [undefined] : value.flatMap((element) => valuesAt(element, rest));
  }
  const own = Object.entries(value).find(([key]) => key === name);
  return valuesAt(own?.[1], rest);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  return verdicts.includes("unknown") ? "unknown" : true;
}

function any(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  return verdicts.includes("unknown") ? "unknown" : false;
}
