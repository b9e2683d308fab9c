import type { FunctionCallItem, Item } from "../model/items.ts";
import type { SafetyScope } from "./guard.ts";

/**
 * Puts back what was redacted, where the policy lets it be: the execution view. What it returns is for a tool or for the reader of
 * an answer, in memory, and never for the log. What cannot be put back stays a placeholder.
 */
export interface Restorer {
  /** Whether a tool's arguments may hold values that are put back. Pure. */
  concerns(tool: string, argumentsText: string): boolean;
  /** The arguments, JSON text, that a tool is run with. */
  toolArguments(tool: string, argumentsText: string, scope: SafetyScope): Promise<string>;
  /**
   * Items as the reader of an answer has them: messages, reasoning and the arguments of calls, with what answers may have.
   *
   * @param isCallers Which calls are of functions that the reader runs itself: their arguments have what the function may have
   *   instead. Default: none.
   */
  items(
    items: readonly Item[],
    scope: SafetyScope,
    isCallers?: (call: FunctionCallItem) => boolean,
  ): Promise<readonly Item[]>;
}
