import type { GatewayRequest } from "../gateway-context.ts";
import { refusal } from "./api-error.ts";

/** Refuses a query with a field that the route does not know. The SDK writes lists as `name[]`, which counts as `name`. */
export function checkQuery(request: GatewayRequest, known: readonly string[]): void {
  const names = Object.keys(request.req.queries()).map((name) => name.replace(/\[\]$/, ""));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const param = unknown.length <= 80 ? unknown : `${unknown.slice(0, 79)}…`;
  throw refusal(`Unknown parameter: '${param}'.`, { param, code: "unknown_parameter" });
}
