import { digitsOf, isDate, isLuhn, isVerhoeff, weightedSum } from "./checksums.ts";
import { wordSet } from "./context-words.ts";
import type { NationalIdRule } from "./national-id-rule.ts";

/** Numbers of persons in Asia, Africa and Oceania. */
export const asianIds: readonly NationalIdRule[] = [
  {
    rule: "in-aadhaar",
    pattern: /(?<![\w.-])[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}(?![\w]|[- .]\d)/g,
    isValid: (candidate) => isVerhoeff(digitsOf(candidate)),
    names: wordSet("aadhaar aadhar uidai uid आधार"),
    form: "common",
  },
  {
    rule: "in-pan",
    pattern: /(?<!\w)[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)/g,
    names: wordSet("pan income tax permanent"),
    form: "common",
  },
  {
    rule: "cn-resident-id",
    pattern: /(?<!\w)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\w)/g,
    isValid: isResidentId,
    names: wordSet("身份证 身份证号 身份证号码 resident identity"),
    form: "distinct",
  },
  {
    rule: "kr-rrn",
    pattern: /(?<![\w-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?![\w]|-\d)/g,
    names: wordSet("주민등록번호 rrn resident"),
    form: "distinct",
  },
  {
    rule: "sg-nric",
    pattern: /(?<!\w)[STFGM]\d{7}[A-Z](?!\w)/g,
    isValid: isNric,
    names: wordSet("nric fin"),
    form: "distinct",
  },
  {
    rule: "au-tfn",
    pattern: /(?<![\w.-])\d{3} ?\d{3} ?\d{3}(?![\w]|[- .]\d)/g,
    isValid: (candidate) => weightedSum(digitsOf(candidate), [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    names: wordSet("tfn tax"),
    form: "common",
  },
  {
    rule: "au-medicare",
    pattern: /(?<![\w.-])[2-6]\d{3} ?\d{5} ?\d(?![\w]|[- .]\d)/g,
    isValid: (candidate) => {
      const digits = digitsOf(candidate);
      return weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digits[8];
    },
    names: wordSet("medicare"),
    form: "common",
  },
  {
    rule: "za-id",
    pattern: /(?<![\w.-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}[01]\d\d(?![\w]|[-.]\d)/g,
    isValid: (candidate) => isLuhn(digitsOf(candidate)),
    names: wordSet("identity rsa national citizen"),
    form: "common",
  },
];

/** @see GB 11643-1999 (ISO/IEC 7064, MOD 11-2) */
function isResidentId(candidate: string): boolean {
  const digits = Array.from(candidate.slice(0, 17), Number);
  const sum = weightedSum(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return (
    isDate(Number(candidate.slice(12, 14)), Number(candidate.slice(10, 12))) &&
    "10X98765432".charAt(sum % 11) === candidate.charAt(17).toUpperCase()
  );
}

/** @see Immigration and Checkpoints Authority, NRIC and FIN */
function isNric(candidate: string): boolean {
  const letters: Readonly<Record<string, string>> = {
    S: "JZIHGFEDCBA",
    T: "JZIHGFEDCBA",
    F: "XWUTRQPNMLK",
    G: "XWUTRQPNMLK",
    M: "XWUTRQPNJLK",
  };
  const series = candidate.charAt(0);
  const offset = series === "T" || series === "G" ? 4 : series === "M" ? 3 : 0;
  const sum = weightedSum(digitsOf(candidate), [2, 7, 6, 5, 4, 3, 2]) + offset;
  return letters[series]?.charAt(sum % 11) === candidate.charAt(8);
}
