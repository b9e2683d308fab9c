import { entropy } from "./entropy.ts";
import type { SecretRule } from "./secret-rule.ts";

/** What tells the tokens of one issuer. */
export interface TokenFormat {
  readonly id: string;
  readonly keywords: readonly string[];
  /** Of the whole token, in the case that it has; every repetition in it is bounded. */
  readonly pattern: string;
  /** How many units of the token stand before the keyword. */
  readonly before?: number;
  /** The least entropy in bits a character: what is below is an example (`ghp_xxxx`). */
  readonly entropy?: number;
  /** For tokens with white space in them: the most there can be from the keyword to the end. */
  readonly reach?: number;
  /** What else holds for a token. */
  accepts?(token: string): boolean;
}

/** A run without white space is looked at so often for one rule; a text made of prefixes alone stays linear. */
const attemptsPerRun = 24;

/** Examples are filled up to the length that a token has. */
const padded = /(.)\1{7}$/;

/** Tokens stand alone: a letter or digit before or after makes them a part of something else. */
const notBeforeWord = String.raw`(?![A-Za-z0-9_])`;

/** Makes the rule of tokens that show by their form alone whose they are. */
export function tokenRule(format: TokenFormat): SecretRule {
  const pattern = new RegExp(`(?:${format.pattern})${notBeforeWord}`, "y");
  return {
    id: format.id,
    keywords: format.keywords,
    open: (text) => {
      const budget = attemptBudget();
      return (keyword) => {
        const start = keyword.start - (format.before ?? 0);
        if (start < 0 || isWordUnit(text.charCodeAt(start - 1)) || !budget(keyword.runEnd)) return undefined;
        pattern.lastIndex = start;
        const token = pattern.exec(text)?.[0];
        if (token === undefined || !isToken(token, format)) return undefined;
        return { start, end: start + token.length };
      };
    },
    openFrom: (text, keyword) => (text.length - keyword.start < (format.reach ?? 0) ? keyword.start : undefined),
  };
}

function isToken(token: string, format: TokenFormat): boolean {
  return entropy(token) >= (format.entropy ?? 3) && !padded.test(token) && (format.accepts?.(token) ?? true);
}

/** Letters, digits and `_`; nothing before the start of a text. */
function isWordUnit(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function attemptBudget(): (runEnd: number) => boolean {
  let currentRun = -1;
  let attempts = 0;
  return (runEnd) => {
    attempts = runEnd === currentRun ? attempts + 1 : 1;
    currentRun = runEnd;
    return attempts <= attemptsPerRun;
  };
}
