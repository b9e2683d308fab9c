import { z } from "zod";
import type { LabelledSpan, LabelledText } from "./labelled-text.ts";
import { presidioCategories, toPresidioSpans } from "./presidio-spans.ts";

/** What is known of a set besides its entries. */
export interface Labels {
  /** The category that was given for it. */
  readonly category: string | undefined;
  /** The category that its name tells. */
  readonly nameCategory: string | undefined;
  readonly isHarmless: boolean;
}

/** An entry that was read: its text, unless it is one that only says what was looked for. */
export interface ReadRecord {
  readonly text: LabelledText | undefined;
  readonly lookedFor: readonly string[];
}

/** Why an entry cannot be read. It quotes nothing of it. */
export interface RecordFault {
  readonly reason: string;
}

const span = z.object({ category: z.string(), start: z.int().min(0), end: z.int().min(0) });
const presidioSpan = z.object({
  entity_type: z.string(),
  start_position: z.int().min(0),
  end_position: z.int().min(0),
});

const header = z.object({ labelled: z.array(z.string()) });

const entry = z.object({
  text: z.string().optional(),
  full_text: z.string().optional(),
  user_input: z.string().optional(),
  prompt: z.string().optional(),
  content: z.string().optional(),
  input: z.string().optional(),
  source: z.enum(["system", "user", "model", "tool", "web"]).optional(),
  injection_type: z.string().optional(),
  spans: z.union([z.array(span), z.array(presidioSpan)]).optional(),
  categories: z.array(z.string()).optional(),
  label: z.union([z.literal(0), z.literal(1), z.boolean(), z.string()]).optional(),
  category: z.string().optional(),
  rule: z.string().optional(),
});

type Entry = z.infer<typeof entry>;

/** Reads an entry of a set, by the fields it has. */
export function readRecord(value: unknown, labels: Labels): ReadRecord | RecordFault {
  const head = header.safeParse(value);
  if (head.success) return { text: undefined, lookedFor: head.data.labelled };
  const parsed = entry.safeParse(typeof value === "string" ? { text: value } : value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { reason: `does not fit: ${issue?.code ?? "invalid"} at '${issue?.path.join(".") ?? ""}'.` };
  }
  const text = textOf(parsed.data);
  if (text === undefined) return { reason: "has no 'text'." };
  return toRecord(text, parsed.data, labels);
}

function textOf({ text, full_text, user_input, prompt, content, input }: Entry): string | undefined {
  return text ?? full_text ?? user_input ?? prompt ?? content ?? input;
}

function toRecord(text: string, data: Entry, labels: Labels): ReadRecord | RecordFault {
  const source = data.source ?? (data.injection_type === "indirect" ? "tool" : "user");
  if (data.spans !== undefined) return toSpanned(text, source, data.spans);
  const { categories = readLabel(data, labels) } = data;
  if ("reason" in categories) return categories;
  const own = data.categories === undefined ? ownCategory(data, labels) : undefined;
  return { text: { text, source, categories }, lookedFor: own === undefined ? categories : [...categories, own] };
}

function toSpanned(
  text: string,
  source: LabelledText["source"],
  written: NonNullable<Entry["spans"]>,
): ReadRecord | RecordFault {
  const isOwn = written.every((each) => "category" in each);
  const spans: readonly LabelledSpan[] = isOwn ? written : toPresidioSpans(text, written.filter(isPresidioSpan));
  if (spans.some(({ start, end }) => start >= end || end > text.length)) {
    return { reason: "has a span that is not within its text." };
  }
  const categories = [...new Set(spans.map(({ category }) => category))];
  return { text: { text, source, categories, spans }, lookedFor: isOwn ? categories : presidioCategories };
}

function isPresidioSpan(written: NonNullable<Entry["spans"]>[number]): written is z.infer<typeof presidioSpan> {
  return "entity_type" in written;
}

const harmlessLabels = ["0", "false", "no", "none", "benign", "safe", "harmless", "clean", "negative", "legitimate"];
const harmfulLabels = [
  "1",
  "true",
  "yes",
  "malicious",
  "harmful",
  "unsafe",
  "positive",
  "attack",
  "injection",
  "jailbreak",
  "secret",
  "leak",
];

function readLabel(data: Entry, labels: Labels): readonly string[] | RecordFault {
  const category = ownCategory(data, labels);
  switch (presenceOf(data, labels)) {
    case "there":
      return category === undefined ? { reason: noLabels } : [category];
    case "absent":
      // In a harmless text there is nothing, whatever it was looked through for.
      return category === undefined && !labels.isHarmless ? { reason: noLabels } : [];
    case "unlabelled":
      return { reason: noLabels };
    case "unknown":
      return { reason: `has a 'label' that is none of ${[...harmlessLabels, ...harmfulLabels].join(", ")}.` };
  }
}

const noLabels = "has no 'spans', no 'categories', and no 'label' with a category. Say what is in its text.";

function presenceOf(data: Entry, labels: Labels): "there" | "absent" | "unlabelled" | "unknown" {
  if (data.label === undefined) {
    if (data.injection_type !== undefined) return "there";
    return labels.isHarmless ? "absent" : "unlabelled";
  }
  const word = String(data.label).toLowerCase();
  if (harmfulLabels.includes(word)) return "there";
  return harmlessLabels.includes(word) ? "absent" : "unknown";
}

/** A category as detectors write them; other sets call other things so. */
const dotted = /^[a-z][\w/-]*(?:\.[\w/-]+)*$/;

function ownCategory(data: Entry, { category, nameCategory }: Labels): string | undefined {
  if (data.category !== undefined && dotted.test(data.category)) return data.category;
  if (category !== undefined) return category;
  if (data.rule !== undefined) return "secret";
  return data.prompt !== undefined || data.injection_type !== undefined ? "injection" : nameCategory;
}
