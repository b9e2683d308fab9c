import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { Revision } from "../events/envelope.ts";

/**
 * The number of events a read may return: `limit`, or infinity. For authors of an {@link EventLog}.
 *
 * @throws AgentKitError `input_invalid` when it is no whole number from 0.
 *
 * @example
 * ```ts
 * import { toReadLimit } from "@agentkit/core";
 *
 * toReadLimit(undefined); // Infinity
 * ```
 */
export function toReadLimit(limit: number | undefined): number {
  return wholeNumber(limit, "limit") ?? Number.POSITIVE_INFINITY;
}

/**
 * The revision a read starts at, where one is given. For authors of an {@link EventLog}.
 *
 * @throws AgentKitError `input_invalid` when it is no whole number from 0.
 *
 * @example
 * ```ts
 * import { toReadFrom } from "@agentkit/core";
 *
 * toReadFrom(7); // 7
 * ```
 */
export function toReadFrom(from: Revision | undefined): Revision | undefined {
  return wholeNumber(from, "from");
}

function wholeNumber(value: number | undefined, param: string): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw new AgentKitError("input_invalid", `The read's '${param}' is ${value}, not a whole number from 0.`, { param });
}
