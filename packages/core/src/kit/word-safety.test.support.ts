import { createInMemoryEventLog } from "../event-log/in-memory-event-log.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { EventDraft } from "../events/catalogue.ts";
import type { ModerationDecision } from "../events/safety-events.ts";
import { contentHash } from "../json/content-hash.ts";
import type { JsonValue } from "../json/json.ts";
import { parseJson } from "../json/parse-json.ts";
import { isFunctionCall } from "../model/items.ts";
import type { Item } from "../model/items.ts";
import type { Model, ModelStreamPart } from "../model/model.ts";
import type { Guarded } from "../safety/guard.ts";
import { withAppend } from "../testing/with-append.ts";
import type { Safety, UntrustedPolicy } from "../safety/safety.ts";

/** How a {@link wordSafety} decides besides the words. */
export interface WordSafetyOptions {
  readonly untrusted?: UntrustedPolicy;
  /** Words that a person has let go on. */
  readonly released?: ReadonlySet<string>;
}

const policy = { id: "words", version: "1", hash: contentHash("words") };

/**
 * Decides by words: `BLOCKED` is blocked, `HELD` waits for a person, `INJECTED` tells of an injection, and `SECRET` is kept out of the
 * log as `[[S]]`, which tools named `mail` get back, as the user does.
 */
export function wordSafety({ untrusted = "allow", released = new Set() }: WordSafetyOptions = {}): Safety {
  const judge = (text: string): ModerationDecision["verdict"] => {
    if (text.includes("BLOCKED")) return "block";
    return text.includes("HELD") && !released.has("HELD") ? "require_approval" : "allow";
  };
  const decide = (surface: ModerationDecision["surface"], text: string): ModerationDecision => ({
    surface,
    verdict: judge(text),
    mode: "enforce",
    rules: text.includes("INJECTED")
      ? [{ id: "injection", detector: "words@1", category: "injection.word", count: 1 }]
      : [],
    policy,
    latencyMs: 0,
  });
  const look = <Value>(surface: ModerationDecision["surface"], value: Value): Guarded<Value> => {
    const decision = decide(surface, JSON.stringify(value));
    return { verdict: decision.verdict, value, decisions: [decision] };
  };
  return {
    policy,
    untrusted,
    asksForApproval: untrusted === "require_approval",
    guard: {
      input: async (items) => Promise.resolve(look("user_input", items)),
      text: async ({ surface, text }) => Promise.resolve(look(surface, text)),
      model: (model) => guardModel(model, decide),
    },
    redactor: {
      draft: (draft) => redactDraft(draft),
      text: hide,
      definition: <Value extends JsonValue>(value: Value): Value => rewrite(value, hide),
      protect: (log) => protect(log),
    },
    restorer: {
      concerns: (tool, text) => tool === "mail" && text.includes("[[S]]"),
      toolArguments: async (tool, text) => Promise.resolve(tool === "mail" ? show(text) : text),
      items: async (items) => Promise.resolve(items.map((item) => rewrite<Item>(item, show))),
    },
  };
}

function guardModel(
  model: Model,
  decide: (surface: ModerationDecision["surface"], text: string) => ModerationDecision,
): Model {
  return {
    ...model,
    async *stream(request, options): AsyncGenerator<ModelStreamPart, void> {
      for await (const part of model.stream(request, options)) {
        yield part;
        if (part.type !== "item.done") continue;
        const { item } = part;
        const decision = isFunctionCall(item)
          ? { ...decide("tool_arguments", item.arguments), callId: item.call_id }
          : decide("model_output", JSON.stringify(item));
        yield { type: "moderation", decision };
      }
    },
  };
}

function hide(text: string): string {
  return text.replaceAll("SECRET", "[[S]]");
}

function show(text: string): string {
  return text.replaceAll("[[S]]", "SECRET");
}

function rewrite<Value>(value: Value, change: (text: string) => string): Value {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the texts change
  return parseJson(change(JSON.stringify(value))) as Value;
}

function redactDraft(draft: EventDraft): ReturnType<Safety["redactor"]["draft"]> {
  const redacted = rewrite(draft, hide);
  if (JSON.stringify(redacted) === JSON.stringify(draft)) return { draft, decisions: [] };
  const rules = [{ id: "secret", detector: "words@1", category: "secret.word", count: 1 }];
  const decision = { surface: "append", verdict: "redact", mode: "enforce", rules, policy, latencyMs: 0 } as const;
  return { draft: redacted, decisions: [{ ...decision, rules }] };
}

function protect(log: EventLog): EventLog {
  return withAppend(log, async (stream, events, options) => log.append(stream, rewrite(events, hide), options));
}

/** A log, and all that is written to it as one text. */
export function readableLog(): { readonly log: EventLog; readonly text: () => Promise<string> } {
  const log = createInMemoryEventLog();
  return {
    log,
    async text() {
      const events: string[] = [];
      for await (const event of log.readAll()) events.push(JSON.stringify(event));
      return events.join("\n");
    },
  };
}
