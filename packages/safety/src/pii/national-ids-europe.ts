import { digitsOf, isDate, isLuhn, isMod11And10, weightedSum } from "./checksums.ts";
import { wordSet } from "./context-words.ts";
import type { NationalIdRule } from "./national-id-rule.ts";

/** Numbers of persons in Europe. */
export const europeanIds: readonly NationalIdRule[] = [
  {
    rule: "gb-nino",
    pattern: /(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)/g,
    names: wordSet("nino insurance national ni"),
    form: "distinct",
  },
  {
    rule: "gb-nhs",
    pattern: /(?<![\w.-])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      return (11 - (weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === digits[9];
    },
    names: wordSet("nhs patient"),
    form: "common",
  },
  {
    rule: "de-tax-id",
    pattern: /(?<![\w.-])[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => isMod11And10(digitsOf(candidate)),
    names: wordSet("steuer steuerid idnr steueridentifikationsnummer identifikationsnummer tin"),
    form: "common",
  },
  {
    rule: "fr-nir",
    pattern: /(?<![\w.-])[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d(?![\w]|[-.]\d)/g,
    isValid: isNir,
    names: wordSet("nir insee sécurité sociale sécu"),
    form: "distinct",
  },
  {
    rule: "es-dni",
    pattern: /(?<!\w)(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z](?!\w)/g,
    isValid: (candidate) => {
      const number = candidate.replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter))).replace(/\D/g, "");
      return "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number(number) % 23) === candidate.at(-1);
    },
    names: wordSet("dni nie nif"),
    form: "distinct",
  },
  {
    rule: "it-codice-fiscale",
    pattern: /(?<!\w)[A-Z]{6}\d\d[A-EHLMPR-T][0-7]\d[A-Z]\d{3}[A-Z](?!\w)/gi,
    isValid: isCodiceFiscale,
    names: wordSet("codice fiscale cf"),
    form: "distinct",
  },
  {
    rule: "nl-bsn",
    pattern: /(?<![\w.-])\d{4}[. ]?\d{2}[. ]?\d{3}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => weightedSum(digitsOf(candidate), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    names: wordSet("bsn burgerservicenummer sofinummer"),
    form: "common",
  },
  {
    rule: "be-national-number",
    pattern: /(?<![\w.-])\d\d[. ]?\d\d[. ]?\d\d[- ]?\d{3}[. ]?\d\d(?![\w]|[-.]\d)/g,
    isValid: isBelgian,
    names: wordSet("rijksregisternummer national registre niss insz"),
    form: "common",
  },
  {
    rule: "pl-pesel",
    pattern: /(?<![\w.-])\d{11}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => weightedSum(digitsOf(candidate), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
    names: wordSet("pesel"),
    form: "common",
  },
  {
    rule: "se-personnummer",
    pattern: /(?<![\w.-])(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278]\d|[39][01])[-+]\d{4}(?![\w]|-\d)/g,
    isValid: (candidate) => isLuhn(digitsOf(candidate).slice(-10)),
    names: wordSet("personnummer samordningsnummer personal identity"),
    form: "distinct",
  },
  {
    rule: "fi-hetu",
    pattern: /(?<!\w)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?!\w)/g,
    isValid: (candidate) => {
      const number = Number(candidate.slice(0, 6) + candidate.slice(7, 10));
      return "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(number % 31) === candidate.at(-1);
    },
    names: wordSet("hetu henkilötunnus"),
    form: "distinct",
  },
  {
    rule: "dk-cpr",
    pattern: /(?<![\w.-])(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d-?\d{4}(?![\w]|-\d)/g,
    names: wordSet("cpr personnummer"),
    form: "common",
  },
  {
    rule: "no-fodselsnummer",
    pattern: /(?<![\w.-])\d{6} ?\d{5}(?![\w]|[-.]\d)/g,
    isValid: isNorwegian,
    names: wordSet("fødselsnummer personnummer fnr"),
    form: "common",
  },
  {
    rule: "pt-nif",
    pattern: /(?<![\w.-])[1-356]\d\d ?\d{3} ?\d{3}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      const rest = 11 - (weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11);
      return (rest > 9 ? 0 : rest) === digits[8];
    },
    names: wordSet("nif contribuinte"),
    form: "common",
  },
];

/** @see INSEE, numéro d'inscription au répertoire: the key is 97 less the number modulo 97 */
function isNir(candidate: string): boolean {
  const compact = candidate.replaceAll(" ", "");
  const number = compact.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return 97n - (BigInt(number) % 97n) === BigInt(compact.slice(13));
}

/** @see Decreto ministeriale 23 December 1976: letters in odd places count by a table of their own */
function isCodiceFiscale(candidate: string): boolean {
  const code = candidate.toUpperCase();
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const character = code.charCodeAt(index);
    const value = character < 65 ? character - 48 : character - 65;
    sum += index % 2 === 0 ? (oddPlaces[value] ?? 0) : value;
  }
  return code.charCodeAt(15) - 65 === sum % 26;
}

const oddPlaces: readonly number[] = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Who was born from 2000 on has a 2 put before the number. */
function isBelgian(candidate: string): boolean {
  const digits = candidate.replace(/\D/g, "");
  const check = Number(digits.slice(9));
  const month = Number(digits.slice(2, 4));
  const day = Number(digits.slice(4, 6));
  if (!isDate(day, month)) return false;
  return [digits.slice(0, 9), `2${digits.slice(0, 9)}`].some((number) => 97 - (Number(number) % 97) === check);
}

/** @see Skatteetaten, fødselsnummer: two check digits, both modulo 11 */
function isNorwegian(candidate: string): boolean {
  const digits = digitsOf(candidate);
  return (
    weightedSum(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}
