import type { Guard } from "@agentkit/core";
import type { Restorer } from "../redaction/restorer.ts";
import type { Examiner } from "./examination.ts";
import { guardInput } from "./input-guard.ts";
import { guardModel } from "./model-guard.ts";
import { createPromptGuard } from "./prompt-guard.ts";
import { guardText } from "./text-guard.ts";

/** Makes the guard of every surface. */
export function createGuard(examiner: Examiner, restorer: Restorer): Guard {
  const prompts = createPromptGuard();
  return {
    input: async (items, scope, heldBy) => guardInput(await examiner.open(scope), items, heldBy),
    model: (model, scope) => guardModel(model, { examiner, prompts, restorer, scope }),
    text: async ({ surface, text }, scope) => guardText(await examiner.open(scope), surface, text),
  };
}
