import { digitsOf, isDate, isMod11And10, weightedSum } from "./checksums.ts";
import { wordSet } from "./context-words.ts";
import type { NationalIdRule } from "./national-id-rule.ts";

/** Numbers of persons in the east and the middle of Europe, and in Turkey. */
export const easternIds: readonly NationalIdRule[] = [
  {
    rule: "ch-ahv",
    pattern: /(?<![\w.-])756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d(?![\w]|[-.]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      return weightedSum(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
    },
    names: wordSet("ahv avs avn ahvn sozialversicherungsnummer versichertennummer"),
    form: "distinct",
  },
  {
    rule: "at-svnr",
    pattern: /(?<![\w.-])[1-9]\d{3} ?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d(?![\w]|[-.]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      return weightedSum(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === digits[3];
    },
    names: wordSet("svnr sozialversicherungsnummer versicherungsnummer sv"),
    form: "common",
  },
  {
    rule: "tr-tckn",
    pattern: /(?<![\w.-])[1-9]\d{10}(?![\w]|[-.]\d)/g,
    isValid: isTurkish,
    names: wordSet("kimlik tckn tc vatandaşlık"),
    form: "common",
  },
  {
    rule: "hr-oib",
    pattern: /(?<![\w.-])\d{11}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => isMod11And10(digitsOf(candidate)),
    names: wordSet("oib"),
    form: "common",
  },
  {
    rule: "cz-birth-number",
    pattern: /(?<![\w.-])\d\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\/?\d{4}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => Number(candidate.replace("/", "")) % 11 === 0,
    names: wordSet("rodné rodne rč číslo cislo"),
    form: "common",
  },
  {
    rule: "ro-cnp",
    pattern: /(?<![\w.-])[1-8]\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{6}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      const rest = weightedSum(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
      return (rest === 10 ? 1 : rest) === digits[12];
    },
    names: wordSet("cnp"),
    form: "common",
  },
  {
    rule: "bg-egn",
    pattern: /(?<![\w.-])\d{10}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      return (weightedSum(digits, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === digits[9];
    },
    names: wordSet("egn егн"),
    form: "common",
  },
  {
    rule: "yu-jmbg",
    pattern: /(?<![\w.-])\d{13}(?![\w]|[-.]\d)/g,
    isValid: isYugoslav,
    names: wordSet("jmbg јмбг emšo"),
    form: "common",
  },
];

/** The tenth digit checks the odd and even ones before it, the eleventh all of them. */
function isTurkish(candidate: string): boolean {
  const digits = digitsOf(candidate);
  const odd = weightedSum(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weightedSum(digits, [0, 1, 0, 1, 0, 1, 0, 1]);
  const all = weightedSum(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  return (((odd * 7 - even) % 10) + 10) % 10 === digits[9] && all % 10 === digits[10];
}

/** The number of the states that were Yugoslavia: day and month, and a check modulo 11. */
function isYugoslav(candidate: string): boolean {
  const digits = digitsOf(candidate);
  const rest = 11 - (weightedSum(digits, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return isDate(Number(candidate.slice(0, 2)), Number(candidate.slice(2, 4))) && (rest > 9 ? 0 : rest) === digits[12];
}
