import type { EventMeta, NewEvent } from "@agentkit/core";

/** Fields of an event's metadata that name things. */
const structural: readonly (keyof EventMeta)[] = [
  "tenant",
  "session",
  "run",
  "step",
  "agent",
  "agentVersion",
  "policyHash",
  "subjects",
  "causation",
  "correlation",
  "traceparent",
  "writer",
];

/** Whether a field of the metadata names something, so that it cannot be redacted. */
export function isStructural(field: string): boolean {
  return structural.some((name) => name === field);
}

/** The first field that names something and holds what has to be redacted. */
export function findUnredactable(
  { stream, type, meta }: { readonly stream: string } & Pick<NewEvent, "type" | "meta">,
  holds: (text: string, key: string | undefined) => boolean,
): string | undefined {
  if (holds(stream, undefined)) return "stream";
  // The names of the catalogue and of programs; a name that holds a secret is neither.
  if (holds(type, undefined)) return "type";
  const named = structural.find((field) => {
    const value = meta[field];
    const texts = Array.isArray(value) ? value : [value];
    // The names of these fields would make a secret of any value.
    return texts.some((text) => typeof text === "string" && holds(text, undefined));
  });
  return named === undefined ? undefined : `meta.${named}`;
}

/**
 * Values of a form that machines made for machines, which would be of no use when changed: encrypted reasoning goes back to
 * the model's server as it came, a signature is checked.
 */
export function isOpaqueField(key: string, value: string, owner: object): boolean {
  return opaqueFields.some((field) => field.keys.includes(key) && field.form.test(value) && field.belongs(owner));
}

interface OpaqueField {
  readonly keys: readonly string[];
  readonly form: RegExp;
  belongs(owner: object): boolean;
}

const opaqueFields: readonly OpaqueField[] = [
  {
    keys: ["encrypted_content"],
    form: /^[\w+/=-]{40,}$/,
    belongs: (owner) => "type" in owner && (owner.type === "reasoning" || owner.type === "compaction"),
  },
  {
    keys: ["signature"],
    form: /^[\w+/-]{40,128}={0,2}$/,
    belongs: (owner) => "keyId" in owner && "approver" in owner,
  },
  {
    keys: ["hash", "requestHash", "argumentsHash", "instructions", "tools", "settings"],
    form: /^sha256:[0-9a-f]{64}$/,
    belongs: () => true,
  },
  { keys: ["idempotencyKey"], form: /^[0-9a-f-]{16,64}$/, belongs: (owner) => "attempt" in owner },
  { keys: ["keyId"], form: /^[0-9a-f-]{16,64}$/, belongs: (owner) => "signature" in owner },
];
