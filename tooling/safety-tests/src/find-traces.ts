/** A value that was found where it must not be. */
export interface Trace {
  readonly value: string;
  readonly form: string;
  /** The file, or what else was looked through. */
  readonly place: string;
}

/** Bytes to look through. */
export interface Haystack {
  readonly place: string;
  readonly bytes: Buffer;
}

interface Needle {
  readonly value: string;
  readonly form: string;
  readonly bytes: string;
}

/** Every form of every value begins with a window of so many bytes, which is looked up at each place. */
const windowBytes = 8;

/**
 * Looks for values in bytes: in clear, in UTF-16, JSON-escaped, URL-encoded, in hexadecimal digits, and in base64 and base64url
 * at each of the three places where a value can begin in a group of three bytes. One pass, however many values there are.
 */
export function findTraces(haystacks: readonly Haystack[], values: Iterable<string>): readonly Trace[] {
  const needles = indexNeedles([...new Set(values)].flatMap(toNeedles));
  return haystacks.flatMap((haystack) => findIn(haystack, needles));
}

interface NeedleIndex {
  readonly byWindow: ReadonlyMap<string, readonly Needle[]>;
  /** By their first two bytes: nearly every place ends here. */
  readonly begins: Uint8Array;
}

function indexNeedles(needles: readonly Needle[]): NeedleIndex {
  const byWindow = new Map<string, Needle[]>();
  const begins = new Uint8Array(0x1_0000);
  for (const needle of needles) {
    if (needle.bytes.length < windowBytes)
      throw new Error(`A value of the form '${needle.form}' is too short to look for.`);
    const window = needle.bytes.slice(0, windowBytes);
    byWindow.set(window, [...(byWindow.get(window) ?? []), needle]);
    begins[needle.bytes.charCodeAt(0) * 0x100 + needle.bytes.charCodeAt(1)] = 1;
  }
  return { byWindow, begins };
}

function findIn({ place, bytes }: Haystack, { byWindow, begins }: NeedleIndex): readonly Trace[] {
  const traces = new Map<string, Trace>();
  const text = bytes.toString("latin1");
  for (let index = 0; index + windowBytes <= bytes.length; index += 1) {
    if (begins[(bytes[index] ?? 0) * 0x100 + (bytes[index + 1] ?? 0)] !== 1) continue;
    for (const { value, form, bytes: needle } of byWindow.get(text.slice(index, index + windowBytes)) ?? []) {
      if (text.startsWith(needle, index)) traces.set(`${form} ${value}`, { value, form, place });
    }
  }
  return [...traces.values()];
}

function toNeedles(value: string): readonly Needle[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const texts: readonly (readonly [form: string, text: string])[] = [
    ["clear", value],
    ["JSON", json],
    ["JSON in JSON", JSON.stringify(json).slice(1, -1)],
    ["URL", encodeURIComponent(value)],
    ["form", encodeURIComponent(value).replaceAll("%20", "+")],
    ["hexadecimal", bytes.toString("hex")],
    ["hexadecimal", bytes.toString("hex").toUpperCase()],
    ["digits", value.replaceAll(/(?<=\d)[ -](?=\d)/g, "")],
    ...base64Forms(bytes),
  ];
  // Of forms that are the same text the first gives its name.
  const byText = new Map(texts.toReversed().map(([form, text]) => [text, form]));
  const needles = [...byText].map(([text, form]) => ({ value, form, bytes: Buffer.from(text).toString("latin1") }));
  return [...needles, { value, form: "UTF-16", bytes: Buffer.from(value, "utf16le").toString("latin1") }];
}

/** Of each alignment the groups that hold nothing but the value: they are the same whatever stands beside it. */
function base64Forms(bytes: Buffer): readonly (readonly [form: string, text: string])[] {
  return [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = shifted.toString("base64").slice(offset === 0 ? 0 : 4, Math.floor(shifted.length / 3) * 4);
    return [
      ["base64", whole],
      ["base64url", whole.replaceAll("+", "-").replaceAll("/", "_")],
    ] as const;
  });
}
