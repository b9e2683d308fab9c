import type { SecretRule, Span } from "./secret-rule.ts";

const kind = /kind:[ \t]*["']?secret\b/iy;
const dataBlock = /\b(?:string)?data:[ \t]*\n((?:[ \t]*(?:#[^\n]*)?\n|[ \t]+[^\n]{1,4000}(?:\n|$)){1,60})/i;
const entry = /([\w.-]+["']?:(?:[ \t]*(?:\||>[-+]?)\s+)?[ \t]*["']?)([A-Za-z0-9+/]{10,4000}={0,3})["']?[ \t]*(?:\n|$)/g;
/** What may become a Secret: its kind, or data of which the kind comes later. Both may be cut off. */
const beginning = /^(?:kind:[ \t]*["']?(?:secret|$)|data:[ \t]*(?:\r?\n(?:[ \t]|$)|$))/i;
/** On both sides of `kind: Secret`, in the same document. */
const reach = 600;

/** The rule of the values of a Secret of Kubernetes in YAML: base64 only hides them from the eye. */
export const kubernetesSecretRule: SecretRule = {
  id: "kubernetes-secret",
  keywords: ["kind:", "data:"],
  open: (text) => {
    let lookedUpTo = 0;
    return (keyword) => {
      kind.lastIndex = keyword.start;
      if (keyword.start < lookedUpTo || !kind.test(text)) return undefined;
      const document = documentAround(text, keyword.start, lookedUpTo);
      lookedUpTo = document.end;
      return dataEntries(text.slice(document.start, document.end), document.start);
    };
  },
  openFrom: (text, keyword) => {
    const rest = text.slice(keyword.start, keyword.start + reach);
    return rest.length < reach && beginning.test(rest) ? keyword.start : undefined;
  },
};

function documentAround(text: string, at: number, from: number): Span {
  const start = Math.max(from, at - reach);
  const before = text.slice(start, at).lastIndexOf("\n---");
  const after = text.slice(at, at + reach).indexOf("\n---");
  return { start: before === -1 ? start : start + before, end: at + (after === -1 ? reach : after) };
}

function dataEntries(document: string, offset: number): readonly Span[] {
  const block = dataBlock.exec(document);
  if (block === null) return [];
  const values = block[1] ?? "";
  const blockStart = offset + block.index + block[0].length - values.length;
  return [...values.matchAll(entry)].map((match) => {
    const start = blockStart + match.index + (match[1]?.length ?? 0);
    return { start, end: start + (match[2]?.length ?? 0) };
  });
}
