import type { Item, ModelRequest } from "@agentkit/core";
import type { RuleFindings } from "../policy/evaluation.ts";
import { type Examination, joinFindings } from "./examination.ts";
import { askItems, redactItems } from "./asked-items.ts";
import { sourceOf, itemTexts } from "./item-texts.ts";
import { type AskedText, redactFound } from "./redact-found.ts";
import type { SurfaceRecord } from "./surface-record.ts";

/** Looks at assembled prompts. What it has seen of a growing conversation it does not look at again. */
export interface PromptGuard {
  /** Asks the detectors; what has to be redacted is, in the request that it returns. Takes note of what was found. */
  ask(examination: Examination, record: SurfaceRecord, request: ModelRequest): ModelRequest;
  /** Asks for the moderation of what was not moderated yet. Says whether the prompt is blocked. */
  moderate(examination: Examination, record: SurfaceRecord, request: ModelRequest): Promise<boolean>;
}

/** Instructions hardly change from call to call. */
const rememberedInstructions = 64;

/** Makes the guard of the assembled prompts of one policy. */
export function createPromptGuard(): PromptGuard {
  const asked = new WeakMap<Item, Map<string, readonly AskedText[]>>();
  const instructionsAsked = new Map<string, RuleFindings>();
  const moderated = new WeakMap<Item, Map<string, RuleFindings>>();

  const askOnce = (examination: Examination, item: Item): readonly AskedText[] => {
    const known = asked.get(item) ?? new Map<string, readonly AskedText[]>();
    asked.set(item, known);
    const key = toKey(examination);
    const texts =
      known.get(key) ?? askItems(examination, [item], () => examination.context("assembled_prompt", sourceOf(item)));
    known.set(key, texts);
    // Overrides come and go; what was found stays.
    const context = examination.context("assembled_prompt");
    return texts.map((text) => ({ ...text, context }));
  };
  const askInstructions = (examination: Examination, text: string): AskedText => {
    const context = examination.context("assembled_prompt");
    const key = `${toKey(examination)}\n${text}`;
    const findings = instructionsAsked.get(key) ?? examination.ask(text, context);
    if (instructionsAsked.size >= rememberedInstructions) instructionsAsked.clear();
    instructionsAsked.set(key, findings);
    return { text, findings, context };
  };

  return {
    ask(examination, record, request) {
      const { instructions } = request;
      const first = instructions === undefined ? undefined : askInstructions(examination, instructions);
      const texts = request.input.flatMap((item) => askOnce(examination, item));
      record.add(joinFindings([...(first === undefined ? [] : [first]), ...texts].map(({ findings }) => findings)));
      return {
        ...request,
        ...(first !== undefined && { instructions: redactFound(examination, first).text }),
        input: redactItems(examination, request.input, texts),
      };
    },
    async moderate(examination, record, request) {
      const key = toKey(examination);
      const context = examination.context("assembled_prompt");
      const before = request.input.flatMap((item) => moderated.get(item)?.get(key) ?? []);
      const fresh = request.input.filter((item) => moderated.get(item)?.has(key) !== true);
      const findings = await examination.moderate(fresh.flatMap(itemTexts).join("\n\n"), context);
      // What could not be moderated is tried again with the next prompt.
      if (findings.failures.length === 0) {
        for (const [index, item] of fresh.entries()) {
          const known = moderated.get(item) ?? new Map<string, RuleFindings>();
          moderated.set(item, known.set(key, index === 0 ? findings : { hits: [], failures: [] }));
        }
      }
      return record.add(joinFindings([...before, findings]));
    },
  };
}

/** Rules ask for the agent and the tenant. */
function toKey({ scope }: Examination): string {
  return JSON.stringify([scope.agent, scope.tenant, scope.session]);
}
