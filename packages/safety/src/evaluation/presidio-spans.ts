import type { LabelledSpan } from "./labelled-text.ts";

/** A span as Presidio's sets write it: Python counts code points. */
interface PresidioSpan {
  readonly entity_type: string;
  readonly start_position: number;
  readonly end_position: number;
}

/** What Presidio's kinds are called here. Others (ages, titles, nationalities, …) were not looked for. */
const categories: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: "pii.email",
  PHONE_NUMBER: "pii.phone",
  CREDIT_CARD: "pii.card",
  IBAN_CODE: "pii.iban",
  IP_ADDRESS: "pii.ip",
  US_SSN: "pii.national_id",
  US_ITIN: "pii.national_id",
  US_DRIVER_LICENSE: "pii.document",
  US_PASSPORT: "pii.document",
  PERSON: "pii.person",
  STREET_ADDRESS: "pii.address",
};

/** What Presidio's sets were looked through for. */
export const presidioCategories: readonly string[] = [...new Set(Object.values(categories))];

/** Brings Presidio's spans into UTF-16 offsets and the names of this package. */
export function toPresidioSpans(text: string, spans: readonly PresidioSpan[]): readonly LabelledSpan[] {
  const toOffset = createOffsets(text);
  return spans.flatMap(({ entity_type, start_position, end_position }) => {
    const category = categories[entity_type];
    return category === undefined ? [] : [{ category, start: toOffset(start_position), end: toOffset(end_position) }];
  });
}

function createOffsets(text: string): (codePoints: number) => number {
  // As many of both, unless a character takes two units.
  if (!/[\uD800-\uDFFF]/.test(text)) return (codePoints) => codePoints;
  const points = Array.from(text);
  return (codePoints) => points.slice(0, codePoints).join("").length + Math.max(codePoints - points.length, 0);
}
