import { canonicalJson } from "../json/canonical-json.ts";

/** Where two values part, and what each has there. */
export interface Difference {
  /** A path such as `input[2].content`; empty when the values differ as wholes. */
  readonly path: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** The first place, in the order of sorted keys, where two JSON values differ; `undefined` when they are equal. */
export function firstDifference(recorded: unknown, replayed: unknown, path = ""): Difference | undefined {
  if (isContainer(recorded) && isContainer(replayed) && Array.isArray(recorded) === Array.isArray(replayed)) {
    return differenceWithin(recorded, replayed, path);
  }
  if (recorded === replayed) return undefined;
  return { path, recorded, replayed };
}

type Container = Readonly<Record<string, unknown>>;

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function differenceWithin(recorded: Container, replayed: Container, path: string): Difference | undefined {
  if (canonicalJson(recorded) === canonicalJson(replayed)) return undefined;
  const isList = Array.isArray(recorded);
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(replayed)])];
  for (const key of isList ? keys : keys.toSorted()) {
    const place = isList ? `${path}[${key}]` : joinPath(path, key);
    const difference = firstDifference(recorded[key], replayed[key], place);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function joinPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
