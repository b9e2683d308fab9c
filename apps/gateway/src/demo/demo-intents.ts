import type { JsonObject, JsonValue } from "@agentkit/core";

/** A wish the demo model understands, and how it says what its tool found. */
export interface DemoIntent {
  readonly tool: string;
  /** What one can type to get it. */
  readonly example: string;
  /** The tool's arguments when the text asks for it. */
  match(text: string): JsonObject | undefined;
  answer(input: JsonObject, output: string): string;
}

/** The wishes, those that change something first: of several in one text only the first of these is followed. */
export const demoIntents: readonly DemoIntent[] = [
  {
    tool: "send_payment",
    example: "Send 25 EUR to Ada",
    match: matchPayment,
    answer: (_input, output) => output,
  },
  {
    tool: "save_note",
    example: "Remember: buy milk",
    match: matchNote,
    answer: (_input, output) => output,
  },
  {
    tool: "delete_note",
    example: "Delete the note buy milk",
    match: (text) => matchTitle(/\b(?:delete|remove) (?:the |my )?note (?:called )?["']?([^"'.?!\n]{1,60})/i, text),
    answer: (_input, output) => output,
  },
  {
    tool: "read_note",
    example: "Read the note buy milk",
    match: (text) => matchTitle(/\bread (?:the |my )?note (?:called )?["']?([^"'.?!\n]{1,60})/i, text),
    answer: ({ title }, output) => `The note '${toText(title)}' says: ${output}`,
  },
  {
    tool: "list_notes",
    example: "List my notes",
    match: (text) => (/\b(?:list|show|which|what)\b.*\bnotes\b/i.test(text) ? {} : undefined),
    answer: (_input, output) => `Your notes: ${output.replaceAll("\n", ", ")}`,
  },
  {
    tool: "current_time",
    example: "What time is it in Tokyo?",
    match: matchTime,
    answer: (_input, output) => `It is ${output}.`,
  },
  {
    tool: "calculate",
    example: "What is 6 * 7?",
    match: matchArithmetic,
    answer: ({ expression }, output) => `${toText(expression)} = ${output}.`,
  },
];

/** The tools whose intents change something. */
export const changingTools: ReadonlySet<string> = new Set(["send_payment", "save_note", "delete_note"]);

const currencies = new Map([
  ["€", "EUR"],
  ["$", "USD"],
  ["£", "GBP"],
  ["euro", "EUR"],
  ["euros", "EUR"],
  ["dollar", "USD"],
  ["dollars", "USD"],
  ["pound", "GBP"],
  ["pounds", "GBP"],
]);

function matchPayment(text: string): JsonObject | undefined {
  const pattern =
    /\b(?:send|pay|transfer|give)\s+(?<sign>[€$£])?(?<amount>\d+(?:\.\d+)?)\s*(?<unit>[a-z]+|[€$£])?\s+to\s+(?<to>[\p{L}][\p{L}\d -]*)/iu;
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const unit = (groups["sign"] ?? groups["unit"] ?? "EUR").toLowerCase();
  const currency = currencies.get(unit) ?? unit.toUpperCase();
  return { to: (groups["to"] ?? "").trim(), amount: Number(groups["amount"]), currency };
}

function matchTitle(pattern: RegExp, text: string): JsonObject | undefined {
  const title = pattern.exec(text)?.[1];
  return title === undefined ? undefined : { title: title.trim() };
}

function matchNote(text: string): JsonObject | undefined {
  const titled =
    /\b(?:save|make|take|write|add)\s+a\s+note\s+(?:called\s+|about\s+)?["']?([^"':\n]{1,60})["']?:\s*(.+)/is;
  const [, title, body] = titled.exec(text) ?? [];
  if (title !== undefined && body !== undefined) return { title: title.trim(), text: body.trim() };
  const remembered = /\bremember\b(?:\s+that\b|:)?\s+(.+)/is.exec(text)?.[1]?.trim();
  if (remembered === undefined) return undefined;
  return { title: remembered.split(/\s+/).slice(0, 4).join(" ").slice(0, 60), text: remembered };
}

const cities = new Map([
  ["oslo", "Europe/Oslo"],
  ["london", "Europe/London"],
  ["paris", "Europe/Paris"],
  ["berlin", "Europe/Berlin"],
  ["madrid", "Europe/Madrid"],
  ["istanbul", "Europe/Istanbul"],
  ["new york", "America/New_York"],
  ["san francisco", "America/Los_Angeles"],
  ["tokyo", "Asia/Tokyo"],
  ["delhi", "Asia/Kolkata"],
  ["sydney", "Australia/Sydney"],
]);

function matchTime(text: string): JsonObject | undefined {
  if (!/\bwhat(?:'s| is)?\b.*\b(?:time|date|day)\b|\bthe time\b|\btoday\b/i.test(text)) return undefined;
  const zone = /\b[A-Z][A-Za-z]+\/[A-Z][A-Za-z_/]+/.exec(text)?.[0];
  const lower = text.toLowerCase();
  const city = [...cities.keys()].find((name) => lower.includes(name));
  return { time_zone: zone ?? (city === undefined ? undefined : cities.get(city)) ?? "UTC" };
}

function matchArithmetic(text: string): JsonObject | undefined {
  const asked = /\b(?:calculate|compute|evaluate)\b:?\s+(.+?)[.?!\s]*$/is.exec(text)?.[1];
  if (asked !== undefined && /\d/.test(asked)) return { expression: asked.trim() };
  const found = /[-(]*\d[\d.]*(?:[\s)]*[-+*/%^][\s(-]*\d[\d.]*)+\)*/.exec(text)?.[0];
  return found === undefined ? undefined : { expression: found.replace(/\.$/, "").trim() };
}

function toText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
