import type { SecretRule } from "./secret-rule.ts";
import { entropy } from "./entropy.ts";

const secretPart = /:A[A-Za-z0-9_-]{33,34}(?![\w-])/y;
const digits = /(?<![A-Za-z0-9_])(?:bot)?(\d{5,16})$/;

/** The rule of Telegram's bot tokens: the number of the bot, a colon and 35 characters of which the first is `A`. */
export const telegramRule: SecretRule = {
  id: "telegram-bot-token",
  keywords: [":a"],
  open: (text) => (keyword) => {
    secretPart.lastIndex = keyword.start;
    const secret = secretPart.exec(text)?.[0];
    if (secret === undefined || entropy(secret) < 3.5) return undefined;
    const bot = digits.exec(text.slice(Math.max(0, keyword.start - 20), keyword.start))?.[1];
    return bot === undefined ? undefined : { start: keyword.start - bot.length, end: keyword.start + secret.length };
  },
};
