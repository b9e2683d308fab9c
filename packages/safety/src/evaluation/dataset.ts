import { AgentKitError } from "@agentkit/core";
import { z } from "zod";

/** Where in a text something is, in UTF-16 offsets, and what it is. */
export interface LabelledSpan {
  readonly category: string;
  readonly start: number;
  readonly end: number;
}

/** A text and what a person says is in it. */
export interface LabelledText {
  readonly text: string;
  readonly source: "system" | "user" | "model" | "tool" | "web";
  /** What is in it; none when it is harmless. */
  readonly categories: readonly string[];
  /** Where it is, when the set says so. */
  readonly spans?: readonly LabelledSpan[];
}

/** Labelled texts. What is not among `categories` was not looked for, and finding it is neither right nor wrong. */
export interface Dataset {
  readonly name: string;
  readonly categories: readonly string[];
  readonly texts: readonly LabelledText[];
}

/** Options of {@link parseDataset}. */
export interface DatasetOptions {
  /** The category of lines that have a `label` of 0 or 1 and no category. */
  readonly category?: string;
}

const header = z.object({ labelled: z.array(z.string()) });

const line = z.object({
  text: z.string(),
  source: z.enum(["system", "user", "model", "tool", "web"]).default("user"),
  spans: z.array(z.object({ category: z.string(), start: z.int().min(0), end: z.int().min(0) })).optional(),
  categories: z.array(z.string()).optional(),
  label: z.union([z.literal(0), z.literal(1), z.boolean()]).optional(),
  category: z.string().optional(),
});

/**
 * Reads labelled JSONL. A line is an object, or the base64 of one (secrets in a file would set off scanners), with `text` and
 * one of: `spans`, what is where; `categories`, what is in it, none for a harmless text; `label`, 1 or 0, with `category`. A line
 * `{"labelled": ["injection"]}` says what was looked for, where the labels themselves do not.
 *
 * @throws AgentKitError `input_invalid` with the number of the line, and nothing of its text.
 *
 * @example
 * ```ts
 * import { parseDataset } from "@agentkit/safety";
 *
 * const dataset = parseDataset("mine", '{"text":"Write to a@example.org","categories":["pii.email"]}');
 * console.log(dataset.categories, dataset.texts.length); // [ 'pii.email' ] 1
 * ```
 */
export function parseDataset(name: string, jsonl: string, options: DatasetOptions = {}): Dataset {
  const categories = new Set<string>();
  const texts: LabelledText[] = [];
  for (const [index, written] of jsonl.split("\n").entries()) {
    if (written.trim() === "") continue;
    const place = `${name}, line ${index + 1}`;
    const value = parseLine(written.trim(), place);
    const head = header.safeParse(value);
    const labelled = head.success ? undefined : toLabelledText(value, options, place);
    if (labelled !== undefined) texts.push(labelled);
    for (const category of head.data?.labelled ?? labelled?.categories ?? []) categories.add(category);
  }
  if (options.category !== undefined) categories.add(options.category);
  return { name, categories: [...categories].toSorted(), texts };
}

function parseLine(written: string, place: string): unknown {
  const json = written.startsWith("{") ? written : Buffer.from(written, "base64").toString("utf8");
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message would quote the line.
    throw invalid(`${place} is neither a JSON object nor the base64 of one.`);
  }
}

function toLabelledText(value: unknown, options: DatasetOptions, place: string): LabelledText {
  const parsed = line.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${place} does not fit: ${issue?.code ?? "invalid"} at '${issue?.path.join(".") ?? ""}'.`);
  }
  const { text, source, spans } = parsed.data;
  if (spans?.some(({ start, end }) => start >= end || end > text.length)) {
    throw invalid(`${place} has a span that is not within its text.`);
  }
  const categories = categoriesOf(parsed.data, options);
  if (categories === undefined) {
    throw invalid(`${place} has no 'spans', no 'categories', and no 'label' with a category. Say what is in its text.`);
  }
  return { text, source, categories, ...(spans === undefined ? {} : { spans }) };
}

function categoriesOf(labels: z.infer<typeof line>, options: DatasetOptions): readonly string[] | undefined {
  if (labels.spans !== undefined) return [...new Set(labels.spans.map(({ category }) => category))];
  if (labels.categories !== undefined) return labels.categories;
  const category = labels.category ?? options.category;
  if (labels.label === undefined || category === undefined) return undefined;
  return Number(labels.label) === 1 ? [category] : [];
}

function invalid(message: string): AgentKitError {
  return new AgentKitError("input_invalid", message);
}
