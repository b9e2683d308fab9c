/** How far before a number the words stand that say what it is, in UTF-16 units. */
export const reach = 60;
/** How far behind it: `555 0100 (mobile)`. */
export const reachBehind = 12;

/**
 * Numbers that a business gives to its own things: a word of these beside a number says that it is nobody's card, phone or
 * identity. These are the false alarms that users report.
 */
const references = wordSet(
  `order orders booking bookings pnr reservation reference ref invoice ticket tracking shipment parcel package confirmation
  transaction case claim id ids identifier uuid sku serial part article item product model version build release commit hash
  sha isbn issn ean upc gtin barcode imei imsi timestamp epoch batch lot po rma job request trace session quote receipt
  voucher coupon policy doi port line row chapter section page revision seed checksum nonce
  bestellung bestellnummer auftrag auftragsnummer buchung buchungsnummer rechnung rechnungsnummer sendung vorgang artikel
  commande réservation référence facture dossier colis pedido reserva referencia factura envío ordine prenotazione
  riferimento fattura bestelling boeking factuur zamówienie rezerwacja faktura encomenda fatura`,
);

/** Words that stand between a number and what it is the number of: `case number`, `tax ID`. */
const linking = wordSet("number numbers no nr nummer numero numéro número num id ids");

/** Makes a set of lower-case words from a text with white space between them. */
export function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/));
}

/** Whether the words around a range of the text say that it is of a kind, that it is a reference, or nothing. */
type Meaning = "named" | "reference" | "none";

/** Reads the words around the numbers of one text; what stands before a number is read once, however many rules ask. */
export interface ContextReader {
  /** Of several words that say something the nearest before the range counts. */
  read(range: readonly [start: number, end: number], names: ReadonlySet<string>): Meaning;
  /** A word before an offset, the nearest of index 0; `undefined` when there are not so many near it. */
  wordBefore(offset: number, index: number): string | undefined;
}

/** Makes the {@link ContextReader} of a text. */
export function createContextReader(text: string): ContextReader {
  const silence: Silence = { from: 0, to: 0 };
  let before = readBackwards(text, 0, silence);
  // The rules of one kind ask in a row for the same offset.
  const wordsBefore = (offset: number): WordsBefore => {
    if (before.offset !== offset) before = readBackwards(text, offset, silence);
    return before;
  };
  return {
    wordBefore: (offset, index) => wordsBefore(offset).at(index),
    read: ([start, end], names) => {
      const meaning = readMeaning(wordsBefore(start), names);
      if (meaning !== "none") return meaning;
      return wordsIn(text.slice(end, end + reachBehind)).some((word) => names.has(word)) ? "named" : "none";
    },
  };
}

interface WordsBefore {
  readonly offset: number;
  /** The nearest word is that of index 0. */
  at(index: number): string | undefined;
  /** Whether the word of an index names what a business gives numbers to. */
  isReference(index: number): boolean;
}

/** A stretch of the text that was read and has no letter: of a row of numbers none reads those before it again. */
interface Silence {
  from: number;
  to: number;
}

/** Reads no further back than it is asked: the nearest word mostly says what a number is. */
function readBackwards(text: string, offset: number, silence: Silence): WordsBefore {
  const least = Math.max(0, offset - reach);
  const words: string[] = [];
  const areReferences: boolean[] = [];
  let position = offset;
  const readWord = (): boolean => {
    let end = position;
    while (end > least && !isLetter(text.charCodeAt(end - 1))) end = end === silence.to ? silence.from : end - 1;
    end = Math.max(end, least);
    if (words.length === 0) {
      silence.from = end;
      silence.to = offset;
    }
    position = end;
    while (position > least && isLetter(text.charCodeAt(position - 1))) position -= 1;
    if (position === end) return false;
    const word = text.slice(position, end).toLowerCase();
    words.push(word);
    areReferences.push(references.has(word));
    return true;
  };
  return {
    offset,
    at: (index) => {
      for (let more = true; more && words.length <= index;) more = readWord();
      return words[index];
    },
    isReference: (index) => areReferences[index] === true,
  };
}

function isLetter(code: number): boolean {
  if (code < 0x80) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return letter.test(String.fromCharCode(code));
}

/** With the vowel signs of scripts that write them so. */
const letter = /[\p{L}\p{M}]/u;

function readMeaning(words: WordsBefore, names: ReadonlySet<string>): Meaning {
  for (let index = 0, word = words.at(0); word !== undefined; index += 1, word = words.at(index)) {
    const isName = names.has(word);
    if (!isName && !words.isReference(index)) continue;
    const owner = linking.has(word) ? words.at(index + 1) : undefined;
    if (owner !== undefined && names.has(owner)) return "named";
    if (owner !== undefined && words.isReference(index + 1)) return "reference";
    return isName ? "named" : "reference";
  }
  return "none";
}

function wordsIn(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
}
