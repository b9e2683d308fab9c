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
  const words = new WordsBefore(text);
  return {
    wordBefore: (offset, index) => words.from(offset).at(index),
    read: ([start, end], names) => {
      const meaning = readMeaning(words.from(start), names);
      if (meaning !== "none") return meaning;
      return wordsIn(text.slice(end, end + reachBehind)).some((word) => names.has(word)) ? "named" : "none";
    },
  };
}

/**
 * The words before one offset of a text, the nearest of index 0. It reads no further back than it is asked, since the nearest word
 * mostly says what a number is, and is one object for all offsets: a text may have a number every few characters, and the rules of one
 * kind ask in a row for the same.
 */
class WordsBefore {
  readonly #text: string;
  readonly #words: string[] = [];
  readonly #areReferences: boolean[] = [];
  #offset = 0;
  #position = 0;
  /** A stretch that was read and has no letter: of a row of numbers none reads those before it again. */
  #silentFrom = 0;
  #silentTo = 0;

  constructor(text: string) {
    this.#text = text;
  }

  from(offset: number): this {
    if (offset === this.#offset) return this;
    this.#offset = offset;
    this.#position = offset;
    this.#words.length = 0;
    this.#areReferences.length = 0;
    return this;
  }

  at(index: number): string | undefined {
    for (let more = true; more && this.#words.length <= index;) more = this.#readWord();
    return this.#words[index];
  }

  /** Whether the word of an index names what a business gives numbers to. */
  isReference(index: number): boolean {
    return this.#areReferences[index] === true;
  }

  #readWord(): boolean {
    const least = Math.max(0, this.#offset - reach);
    const end = this.#skipSilence(least);
    let start = end;
    while (start > least && isLetter(this.#text.charCodeAt(start - 1))) start -= 1;
    this.#position = start;
    if (start === end) return false;
    const word = this.#text.slice(start, end).toLowerCase();
    this.#words.push(word);
    this.#areReferences.push(references.has(word));
    return true;
  }

  /** Where the next word back ends. */
  #skipSilence(least: number): number {
    let end = this.#position;
    while (end > least && !isLetter(this.#text.charCodeAt(end - 1))) {
      end = end === this.#silentTo ? this.#silentFrom : end - 1;
    }
    if (this.#position === this.#offset) {
      this.#silentFrom = end;
      this.#silentTo = this.#offset;
    }
    return Math.max(end, least);
  }
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
