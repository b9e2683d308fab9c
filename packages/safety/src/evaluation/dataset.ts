import { AgentKitError } from "@agentkit/core";
import { allKinds, kindsOf, type NamedKinds } from "./dataset-name.ts";
import { type Labels, type RecordFault, readRecord } from "./labelled-record.ts";
import type { LabelledText } from "./labelled-text.ts";

/** Labelled texts. What is not among `categories` was not looked for, and finding it is neither right nor wrong. */
export interface Dataset {
  readonly name: string;
  readonly categories: readonly string[];
  readonly texts: readonly LabelledText[];
}

/** Options of {@link parseDataset}. */
export interface DatasetOptions {
  /** What texts hold that are labelled without a category. Default: what the form of the set, or else its name, tells. */
  readonly category?: string;
  /** Whether texts without labels are harmless. Default: as the name of the set says. */
  readonly isHarmless?: boolean;
}

/**
 * Reads labelled texts: JSONL, or one JSON array. An entry is a string, or an object with `text` (`full_text`, `user_input`,
 * `prompt`, `content`, `input`) and one of: `spans`, what is where; `categories`, what is in it, none for a harmless text;
 * `label`, whether it is in it. A line may be the base64 of its object (secrets in a file would set off scanners). A line
 * `{"labelled": ["injection"]}` says what was looked for, where the labels themselves do not. Texts without labels are harmless
 * ones where the set's name says `plain`, `benign`, `harmless`, `clean`, `negative` or `bait`.
 *
 * The forms of public sets are known by their fields: Presidio's spans (`entity_type`, by code points), CyberSecEval's and
 * NotInject's prompts, the examples of gitleaks' rules.
 *
 * @throws AgentKitError `input_invalid` with the number of the line or entry, and nothing of its text.
 *
 * @example
 * ```ts
 * import { parseDataset } from "@agentkit/safety";
 *
 * const dataset = parseDataset("mine", '{"text":"Write to a@example.org","categories":["pii.email"]}');
 * console.log(dataset.categories, dataset.texts.length); // [ 'pii.email' ] 1
 * ```
 */
export function parseDataset(name: string, content: string, options: DatasetOptions = {}): Dataset {
  const told = kindsOf(name);
  const labels: Labels = {
    category: options.category,
    nameCategory: told.kinds.length === 1 ? told.kinds[0] : undefined,
    isHarmless: options.isHarmless ?? told.isHarmless,
  };
  const lookedFor = new Set<string>();
  const texts: LabelledText[] = [];
  for (const { place, value } of readEntries(name, content.replace(/^\uFEFF/, ""))) {
    const record = readRecord(value, labels);
    if ("reason" in record) throw toError(place, record);
    for (const category of record.lookedFor) lookedFor.add(category);
    if (record.text !== undefined) texts.push(record.text);
  }
  const fallback = options.category === undefined ? fallbackKinds(told, labels) : [options.category];
  const categories = lookedFor.size === 0 ? fallback : [...lookedFor];
  return { name, categories: categories.toSorted(), texts };
}

/** In texts that hold nothing there is nothing of any kind, where the name of the set tells of none. */
function fallbackKinds({ kinds }: NamedKinds, { isHarmless }: Labels): readonly string[] {
  return kinds.length === 0 && isHarmless ? allKinds : kinds;
}

interface Entry {
  readonly place: string;
  readonly value: unknown;
}

function* readEntries(name: string, content: string): Iterable<Entry> {
  if (content.trimStart().startsWith("[")) {
    for (const [index, value] of readArray(name, content).entries())
      yield { place: `${name}, entry ${index + 1}`, value };
    return;
  }
  for (const [index, written] of content.split("\n").entries()) {
    if (written.trim() === "") continue;
    const place = `${name}, line ${index + 1}`;
    yield { place, value: parseLine(written.trim(), place) };
  }
}

function readArray(name: string, content: string): readonly unknown[] {
  const value = parseOrUndefined(content);
  if (Array.isArray(value)) return value;
  throw invalid(`${name} begins as a JSON array and is none.`);
}

function parseLine(written: string, place: string): unknown {
  const value = parseOrUndefined(/^[{"]/.test(written) ? written : Buffer.from(written, "base64").toString("utf8"));
  if (value !== undefined) return value;
  throw invalid(`${place} is neither a JSON object or string nor the base64 of one.`);
}

/** The parser's own error would quote the text. */
function parseOrUndefined(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function toError(place: string, { reason }: RecordFault): AgentKitError {
  return invalid(`${place} ${reason}`);
}

function invalid(message: string): AgentKitError {
  return new AgentKitError("input_invalid", message);
}
