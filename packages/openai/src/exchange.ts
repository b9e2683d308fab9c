import { quoteServer } from "./quote-server.ts";

/** What the error messages of one request need to know of it, and must not repeat. */
export interface Exchange {
  /** The server for people: `OpenAI at api.openai.com`. */
  readonly server: string;
  /** The server's own words as a sentence to append, or nothing where they repeat what was sent or a key. */
  quote(message: string | undefined): string;
}

/** Starts an exchange. `texts` are what the request says; none of it may come back in a message. */
export function createExchange(server: string, apiKey: string | null, texts: readonly string[]): Exchange {
  return { server, quote: (message) => quoteServer(message, apiKey, texts) };
}
