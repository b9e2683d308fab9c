import { isFunctionCall } from "../model/items.ts";
import type { Restorer } from "../safety/restorer.ts";
import { lastAssistantText } from "./run-result.ts";
import type { RunResult } from "./run-result.ts";

/** A result as the user of the session reads it: with the values in it that the policy lets them have. */
export async function restoreResult(restorer: Restorer, result: RunResult, family?: string): Promise<RunResult> {
  const pending = new Set(result.calls.map((call) => call.call_id));
  const scope = { session: result.session, family, run: result.run };
  const items = await restorer.items(result.items, scope, (call) => pending.has(call.call_id));
  const calls = items.filter(isFunctionCall).filter((call) => pending.has(call.call_id));
  return { ...result, items, text: lastAssistantText(items), calls };
}
