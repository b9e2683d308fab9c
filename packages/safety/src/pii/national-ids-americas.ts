import { digitsOf, isLuhn, weightedSum } from "./checksums.ts";
import { wordSet } from "./context-words.ts";
import type { NationalIdRule } from "./national-id-rule.ts";

const socialSecurity = wordSet("ssn ssns social security itin tin taxpayer");

/** Numbers of persons in the Americas. */
export const americanIds: readonly NationalIdRule[] = [
  {
    rule: "us-ssn",
    pattern: /(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w]|-\d)/g,
    isValid: (candidate) => !publishedSsns.has(candidate),
    names: socialSecurity,
    form: "distinct",
  },
  {
    rule: "us-ssn",
    pattern: /(?<![\w.-])(?!000|666|9)\d{3} ?(?!00)\d\d ?(?!0000)\d{4}(?![\w]|[-.]\d)/g,
    names: socialSecurity,
    form: "common",
  },
  {
    rule: "us-itin",
    pattern: /(?<![\w.-])9\d\d[- ]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]?\d{4}(?![\w]|-\d)/g,
    names: socialSecurity,
    form: "common",
  },
  {
    rule: "ca-sin",
    pattern: /(?<![\w.-])[0-79]\d\d[ -]?\d{3}[ -]?\d{3}(?![\w]|[-.]\d)/g,
    isValid: (candidate) => isLuhn(digitsOf(candidate)),
    names: wordSet("sin insurance nas assurance"),
    form: "common",
  },
  {
    rule: "br-cpf",
    pattern: /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d\d(?!\w)/g,
    isValid: isCpf,
    names: wordSet("cpf contribuinte"),
    form: "distinct",
  },
  {
    rule: "br-cpf",
    pattern: /(?<![\w.-])\d{11}(?![\w]|[-.]\d)/g,
    isValid: isCpf,
    names: wordSet("cpf"),
    form: "common",
  },
  {
    rule: "mx-curp",
    pattern: /(?<!\w)[A-Z][AEIOUX][A-Z]{2}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HMX][A-Z]{5}[A-Z0-9]\d(?!\w)/g,
    names: wordSet("curp"),
    form: "distinct",
  },
  {
    rule: "cl-rut",
    pattern: /(?<![\w.-])\d{1,2}\.?\d{3}\.?\d{3}-[\dKk](?!\w)/g,
    isValid: isRut,
    names: wordSet("rut run"),
    form: "common",
  },
];

/** Numbers that were printed on sample cards and are nobody's. @see Social Security Administration, misused numbers */
const publishedSsns = new Set(["078-05-1120", "219-09-9999"]);

/** @see Receita Federal, Cadastro de Pessoas Físicas */
function isCpf(candidate: string): boolean {
  const digits = digitsOf(candidate);
  if (digits.every((digit) => digit === digits[0])) return false;
  const check = (weights: readonly number[]) => ((weightedSum(digits, weights) * 10) % 11) % 10;
  return check([10, 9, 8, 7, 6, 5, 4, 3, 2]) === digits[9] && check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === digits[10];
}

/** @see Servicio de Registro Civil, Rol Único Nacional (modulus 11) */
function isRut(candidate: string): boolean {
  const [body = "", check = ""] = candidate.replaceAll(".", "").split("-");
  const sum = digitsOf(body)
    .toReversed()
    .reduce((total, digit, index) => total + digit * ((index % 6) + 2), 0);
  const rest = 11 - (sum % 11);
  return check.toUpperCase() === (rest === 11 ? "0" : rest === 10 ? "K" : String(rest));
}
