/** The named entities of the signs that addresses are made of, and of white space that browsers leave out of them. */
const named: Readonly<Record<string, string>> = {
  amp: "&",
  bsol: "\\",
  colon: ":",
  commat: "@",
  NewLine: "",
  num: "#",
  percnt: "%",
  period: ".",
  quest: "?",
  sol: "/",
  Tab: "",
};

const entity = /&(#\d{1,7}|#[xX][\dA-Fa-f]{1,6}|[A-Za-z]{1,8});/g;

/** Puts characters in the place of entities, as readers of Markdown and HTML do in addresses. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(entity, (whole: string, name: string) => {
    if (!name.startsWith("#")) return named[name] ?? whole;
    const code = Number(/^#x/i.test(name) ? `0x${name.slice(2)}` : name.slice(1));
    return code > 0x10_ff_ff ? whole : String.fromCodePoint(code);
  });
}
