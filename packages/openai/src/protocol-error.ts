import { AgentKitError } from "@agentkit/core";
import type { Exchange } from "./exchange.ts";

/** The error for an answer that does not fit the API or itself. */
export function toProtocolError(exchange: Exchange, what: string): AgentKitError {
  return new AgentKitError(
    "model_response_invalid",
    `${exchange.server}: the answer breaks the API's protocol: ${what}. It was discarded; the fault is the server's or a proxy's, or the base URL names another kind of server.`,
  );
}
