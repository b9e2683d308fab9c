/** A URL's part with its placeholders filled in, or why that cannot be done, for the model. */
export type FilledTemplate =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

/** Names of the `{placeholders}` of a template. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map((match) => match[1] ?? "");
}

/**
 * Fills in a template of a path with values that are encoded already, such that no value can change the path's structure: none
 * is empty, and none is or hides a dot segment, which URL parsers and servers resolve even when it is encoded.
 */
export function fillPath(template: string, values: Readonly<Record<string, string>>): FilledTemplate {
  for (const name of placeholdersOf(template)) {
    const value = values[name];
    if (value === undefined || value === "") return { ok: false, message: `${name}: must not be empty` };
    if (hidesDotSegment(value)) return { ok: false, message: `${name}: '.' and '..' cannot be part of a path` };
  }
  const text = template.replaceAll(placeholder, (_, name: string) => values[name] ?? "");
  const dotted = text.split("/").some((segment) => dotSegment.test(segment));
  return dotted ? { ok: false, message: "the values make up '.' or '..' in the path" } : { ok: true, text };
}

/** Fills in a template of a query with values that are encoded already. One that is missing is left empty. */
export function fillQuery(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(placeholder, (_, name: string) => values[name] ?? "");
}

/** Whether a path, as it is written, leads elsewhere: by a dot segment or by what URL parsers take for a slash or for nothing. */
export function changesPath(path: string): boolean {
  return /[\\\p{Cc}]/u.test(path) || path.split("/").some(hidesDotSegment);
}

/** Encodes a value such that it means nothing to a URL: only letters, digits and `-_.!~*'()` stay. */
export function encodeValue(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

const placeholder = /\{([^{}]*)\}/g;
const dotSegment = /^(?:\.|%2e){1,2}$/i;

/** A server that decodes a value before it resolves segments sees slashes where the URL parser sees none. */
function hidesDotSegment(encoded: string): boolean {
  return encoded.split(/%2f|%5c/i).some((segment) => dotSegment.test(segment));
}
