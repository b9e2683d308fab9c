/** A text of an array that a reader joins to others. */
export interface ReadText {
  readonly text: string;
  /** Texts of one run are joined. */
  readonly run: number;
}

/**
 * Goes through the texts of an array that its readers join without anything between: those of the content parts of one item, and
 * of messages of one role in a row, whatever stands between them. Returns the array with what became of them.
 */
export function mapReadTexts(
  members: readonly unknown[],
  map: (text: string, run: number) => string,
): readonly unknown[] {
  let run = 0;
  let role: unknown;
  const mapPart = (part: unknown): unknown =>
    isPlain(part) && typeof part["type"] === "string" && typeof part["text"] === "string"
      ? { ...part, text: map(part["text"], run) }
      : part;
  return members.map((member) => {
    if (!isPlain(member) || member["type"] !== "message") return mapPart(member);
    const { content } = member;
    if (member["role"] !== role) run += 1;
    role = member["role"];
    if (typeof content === "string") return { ...member, content: map(content, run) };
    return Array.isArray(content) ? { ...member, content: content.map(mapPart) } : member;
  });
}

/** The texts that `mapReadTexts` goes through, in order. */
export function readTexts(members: readonly unknown[]): readonly ReadText[] {
  const texts: ReadText[] = [];
  mapReadTexts(members, (text, run) => {
    texts.push({ text, run });
    return text;
  });
  return texts;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("toJSON" in value);
}
