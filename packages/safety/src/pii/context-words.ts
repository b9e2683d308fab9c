/** How far before a number the words stand that say what it is, in UTF-16 units. */
const reach = 60;
/** How far behind it: `555 0100 (mobile)`. */
const reachBehind = 12;

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
  /** The words before an offset, the nearest first. */
  wordsBefore(offset: number): readonly string[];
}

/** Makes the {@link ContextReader} of a text. */
export function createContextReader(text: string): ContextReader {
  const wordsBefore = rememberLast((offset) => wordsIn(text.slice(Math.max(0, offset - reach), offset)).toReversed());
  const wordsBehind = rememberLast((offset) => wordsIn(text.slice(offset, offset + reachBehind)));
  return {
    wordsBefore,
    read: ([start, end], names) => {
      const before = readBefore(wordsBefore(start), names);
      if (before !== "none") return before;
      return wordsBehind(end).some((word) => names.has(word)) ? "named" : "none";
    },
  };
}

/** The rules of one kind ask in a row for the same offset. */
function rememberLast(read: (offset: number) => readonly string[]): (offset: number) => readonly string[] {
  let lastOffset = -1;
  let lastWords: readonly string[] = [];
  return (offset) => {
    if (offset !== lastOffset) lastWords = read(offset);
    lastOffset = offset;
    return lastWords;
  };
}

function readBefore(words: readonly string[], names: ReadonlySet<string>): Meaning {
  for (const [index, word] of words.entries()) {
    if (!names.has(word) && !references.has(word)) continue;
    const owner = linking.has(word) ? words[index + 1] : undefined;
    if (owner !== undefined && names.has(owner)) return "named";
    if (owner !== undefined && references.has(owner)) return "reference";
    return names.has(word) ? "named" : "reference";
  }
  return "none";
}

function wordsIn(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}
