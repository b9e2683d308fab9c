import type { JsonValue } from "../json/json.ts";
import { parseJson } from "../json/parse-json.ts";

/**
 * The arguments of a call as they are displayed: JSON text with what stands at the paths replaced. A path names keys, `*`
 * any of them: `card.number`, `items.*.secret`; the empty path is the whole. Text that is no JSON is shown whole only where nothing is to be hidden.
 */
export function maskArguments(text: string, paths: readonly string[] = []): string {
  if (paths.length === 0) return text;
  if (paths.includes("")) return JSON.stringify(hidden);
  try {
    const split = paths.map((path) => path.split("."));
    return JSON.stringify(mask(parseJson(text), split));
  } catch {
    return hidden;
  }
}

const hidden = "[hidden]";

function mask(value: JsonValue, paths: readonly (readonly string[])[]): JsonValue {
  if (paths.some((path) => path.length === 0)) return hidden;
  if (typeof value !== "object" || value === null) return value;
  const below = (key: string): readonly (readonly string[])[] => {
    return paths.filter(([first]) => first === key || first === "*").map((path) => path.slice(1));
  };
  if (Array.isArray(value)) return value.map((item: JsonValue, index) => mask(item, below(String(index))));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item ?? null, below(key))]));
}
