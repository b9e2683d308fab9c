import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import { countDigits } from "./checksums.ts";
import { type ContextReader, wordSet } from "./context-words.ts";
import type { PiiMatch, PiiMatcher, Range } from "./pii-matcher.ts";

const names = wordSet(
  `phone phones telephone tel tele mobile mob cell cellphone cellular call calls called calling caller callback dial ring fax
  sms text whatsapp telegram signal viber contact reach reached hotline helpline landline voicemail desk pager
  answering pick handset number nummer telefon telefonnummer rufnummer handy handynummer mobil mobilnummer anrufen rufen ruf
  erreichen erreichbar festnetz téléphone portable appeler appelez joindre numéro teléfono móvil celular llamar llame
  llámame número telefono cellulare chiamare chiama chiamami numero telefone telemóvel ligar ligue telefoon mobiel bellen
  bel telefoonnummer gsm komórka komórkowy zadzwoń dzwonić puhelin puhelinnumero ring mobilen τηλέφωνο телефон номер звоните
  позвоните 電話 電話番号 携帯 手机 手机号 电话 电话号码 전화 전화번호 휴대폰
  tlf tfno tfn puh ph hp móv fon 联系电话 手机号码 电话号码 聯絡電話 連絡先 携帯電話 連絡先電話番号 휴대전화 연락처`,
);

/** Messages have numbers of their own; to be sent to a phone's the number has to look like one. */
const messages = wordSet("message messages nachricht nachrichten mensaje mensajes");
const namesOrMessages = new Set([...names, ...messages]);

const extension = String.raw`(?: ?(?:x|ext\.?|extension) ?\d{1,6})?`;
const ends = String.raw`(?![\w@]|[.:/]\d|-\d)`;

/** `+41 44 668 18 00`, `+46 (0)8 928 571 38` */
const international = new RegExp(
  String.raw`(?<![\w+])\+ ?\(?\d{1,3}\)?(?:[ .\-/]{0,2}\(?\d{1,5}\)?){2,7}${extension}${ends}`,
  "g",
);
/** The form of North America, whose groups of 3, 3 and 4 nothing else has. */
const northAmerican = new RegExp(
  String.raw`(?<![\w.+/#-])(?:(?:00)?1[ .-])?(?:\([2-9]\d\d\)[ .-]?|[2-9]\d\d([.-]))\d{3}[.-]\d{4}${extension}${ends}`,
  "g",
);
/** Any other row of digits: only the words beside it can tell that it is a phone number. */
const local = new RegExp(
  String.raw`(?<![\w.+/#@$€£-]|\w\()\(?\d(?:(?:[ .\-/]|\) ?-?| ?\()?\d){5,14}${extension}(?![\w@%]|[.,:/]\d|-\d)`,
  "g",
);

/** Beyond so many parsed numbers a text is a list of them, and the form alone decides: it errs on the side of finding. */
const mostParsed = 64;

/** Finds phone numbers: a candidate, then the numbering plan where the country is known, then the words beside it. */
export const phoneMatcher: PiiMatcher = {
  category: "pii.phone",
  find: (text, context, isFree) => {
    // Most numbers of a text are something else, and known for it by now.
    const free = (pattern: RegExp): readonly Range[] => ranges(text, pattern).filter(isFree);
    const found = [
      ...findInternational(text, free(international)),
      ...findNorthAmerican(free(northAmerican), context),
      ...findLocal(text, free(local), context),
    ];
    return found.toSorted((left, right) => left.start - right.start || right.end - left.end);
  },
};

function findInternational(text: string, found: readonly Range[]): readonly PiiMatch[] {
  return found.flatMap(([start, end], index) => {
    const candidate = text.slice(start, end);
    const digits = countDigits(candidate.replace(/x.*$|ext.*$/i, ""));
    if (digits < 8 || digits > 16) return [];
    if (index >= mostParsed) return [{ start, end, rule: "international", score: 0.7 }];
    // The 0 in parentheses is dialled within the country only, and is no part of the number.
    const number = parsePhoneNumberFromString(candidate.replace("(0)", ""));
    return number?.isPossible() === true ? [{ start, end, rule: "international", score: 0.9 }] : [];
  });
}

function findNorthAmerican(found: readonly Range[], context: ContextReader): readonly PiiMatch[] {
  return found.flatMap((range) => {
    const [start, end] = range;
    const meaning = context.read(range, names);
    return meaning === "reference"
      ? []
      : [{ start, end, rule: "north-american", score: meaning === "named" ? 0.9 : 0.7 }];
  });
}

function findLocal(text: string, found: readonly Range[], context: ContextReader): readonly PiiMatch[] {
  return found.flatMap((range) => {
    const [start, end] = range;
    const candidate = text.slice(start, end);
    const digits = countDigits(candidate);
    if (digits < 7 || isDateLike(candidate) || isCounting(candidate)) return [];
    return isNamed(text, range, context) ? [{ start, end, rule: "local", score: 0.7 }] : [];
  });
}

/** Behind a number `office` says which of several phones it is; before one it is more often a place. */
function isNamed(text: string, range: Range, context: ContextReader): boolean {
  const hasGroups = /\D/.test(text.slice(...range));
  if (context.read(range, hasGroups ? namesOrMessages : names) === "named") return true;
  return /^[\s(,-]*office\b/i.test(text.slice(range[1], range[1] + 12));
}

function ranges(text: string, pattern: RegExp): readonly Range[] {
  return Array.from(text.matchAll(pattern), ({ 0: found, index }) => [index, index + found.length]);
}

/** `2024-05-17`, `17.05.2024`, `20240517`: dates stand beside phone numbers in every form. */
function isDateLike(candidate: string): boolean {
  return (
    /^\(?(?:19|20)\d\d[-./ ]?(?:0?[1-9]|1[0-2])[-./ ]?(?:0?[1-9]|[12]\d|3[01])(?!\d)/.test(candidate) ||
    /^(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:19|20)\d\d$/.test(candidate)
  );
}

/** `1 000 000` is an amount, `1 2 3 4 5 6 7` a count; one digit alone is no group of a phone number but the first. */
function isCounting(candidate: string): boolean {
  return /^\d{1,3}(?: 000)+$/.test(candidate) || /(?:^|\D)\d\D\d(?:\D|$)/.test(candidate);
}
