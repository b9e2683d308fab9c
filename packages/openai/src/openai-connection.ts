import { AgentKitError } from "@agentkit/core";
import OpenAI from "openai";

/** Where the server is and how to speak to it. The model, the embedder and the moderator take the same options. */
export interface OpenAIConnectionOptions {
  /** Default: `OPENAI_API_KEY` of the environment. A server that needs no key takes any text. */
  readonly apiKey?: string;
  /** Default: `OPENAI_BASE_URL` of the environment, then `https://api.openai.com/v1`. It usually ends in `/v1`. */
  readonly baseURL?: string;
  readonly organization?: string;
  readonly project?: string;
  /** Headers sent with every request. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /**
   * A client of your own (a proxy, Azure, another way to authenticate) in place of one made from the options above.
   * Its retries are not used: who asks decides on a retry.
   */
  readonly client?: OpenAI;
  /**
   * Longest silence in milliseconds: how long the server may take to its first byte, and from one stream event to the
   * next. Default 300,000, which is also where Node's `fetch` gives up; for more, pass a `client` whose `fetchOptions`
   * carry a dispatcher with longer timeouts.
   */
  readonly timeoutMs?: number;
}

/** A client with what every call on it needs to know. */
export interface OpenAIConnection {
  readonly client: OpenAI;
  /** The server for people, without credentials: `OpenAI at api.openai.com`. */
  readonly server: string;
  readonly timeoutMs: number;
}

const defaultTimeoutMs = 300_000;

/** The longest time a timer of the runtime can be set to. */
const longestTimeoutMs = 2_147_483_647;

/**
 * Opens a connection. Throws `config_invalid` when there are no credentials or the address is not a URL.
 */
export function createOpenAIConnection(options: OpenAIConnectionOptions): OpenAIConnection {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > longestTimeoutMs) {
    const message = `timeoutMs is ${timeoutMs}; give whole milliseconds from 1 to ${longestTimeoutMs}.`;
    throw new AgentKitError("config_invalid", message, { param: "timeoutMs" });
  }
  const client = options.client ?? createClient(options);
  return { client, server: describeServer(client.baseURL), timeoutMs };
}

function createClient(options: OpenAIConnectionOptions): OpenAI {
  try {
    return new OpenAI({
      ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
      ...(options.baseURL === undefined ? {} : { baseURL: options.baseURL }),
      ...(options.organization === undefined ? {} : { organization: options.organization }),
      ...(options.project === undefined ? {} : { project: options.project }),
      ...(options.defaultHeaders === undefined ? {} : { defaultHeaders: options.defaultHeaders }),
      maxRetries: 0,
      // The client would print a broken stream on the console; here it becomes an error of its own.
      logLevel: "off",
    });
  } catch (error) {
    throw new AgentKitError(
      "config_invalid",
      "There are no credentials for OpenAI. Set OPENAI_API_KEY or pass apiKey; a server that needs none takes any text.",
      { cause: error, param: "apiKey" },
    );
  }
}

/** Only the host is told: the rest of an address can hold credentials (user info, query, even the path of a proxy). */
function describeServer(baseURL: string): string {
  if (!URL.canParse(baseURL)) {
    throw new AgentKitError("config_invalid", "The base URL is not a URL. Write it as https://api.openai.com/v1.", {
      param: "baseURL",
    });
  }
  const { host, hostname } = new URL(baseURL);
  return hostname.endsWith(".openai.com") ? `OpenAI at ${host}` : `Responses API at ${host}`;
}
