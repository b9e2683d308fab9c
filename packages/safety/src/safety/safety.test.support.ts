import type {
  Item,
  ModelRequest,
  ModelResponse,
  ModelStreamPart,
  Model,
  Moderator,
  Safety,
  SafetyScope,
} from "@agentkit/core";
import type { Detector } from "../detectors/detector.ts";
import { createModerationService } from "../moderation/moderation-service.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { wordDetector } from "../policy/policy.test.support.ts";
import type { SafetyPolicyDefinition, SafetyRule } from "../policy/safety-policy.ts";
import { personDetector, testKey } from "../redaction/redaction.test.support.ts";
import { createInMemorySubjectKeys } from "../vault/subject-keys.ts";
import { createInMemoryVaultStore } from "../vault/vault-store.ts";
import { createVault } from "../vault/vault.ts";
import { createShapeDetector } from "../shape/create-shape-detector.ts";
import { createSafety, type SafetyOptions } from "./create-safety.ts";

export const scope: SafetyScope = { session: "a1", run: "r1", agent: "desk" };

/** Finds `thorn` (to be redacted), `venom` (to be blocked) and `weed` (to be flagged) by rules of these categories. */
const plants: Detector = wordDetector("plants", {
  thorn: ["plant.thorn", 1],
  venom: ["plant.venom", 1],
  weed: ["plant.weed", 1],
});

export const detectors: readonly Detector[] = [plants, personDetector, createShapeDetector({ maxBytes: 2_000 })];

type RulePart = Pick<SafetyRule, "surfaces"> & Partial<SafetyRule>;

/** Redacts thorns, blocks venom and flags weeds. */
export function plantRules(...surfaces: SafetyRule["surfaces"]): readonly SafetyRule[] {
  return [
    rule({ id: "thorns", categories: ["plant.thorn"], action: "redact", surfaces }),
    rule({ id: "venoms", categories: ["plant.venom"], action: "block", surfaces }),
    rule({ id: "weeds", categories: ["plant.weed"], action: "flag", onFailure: "open", surfaces }),
  ];
}

export function rule(part: RulePart): SafetyRule {
  return { id: "rule", detector: "plants", action: "block", onFailure: "closed", ...part };
}

/** Blocks violence from .8 on, and takes note of it from .4 on. */
export function moderationRule(part: RulePart): SafetyRule {
  const bands = { violence: { review: 0.4, block: 0.8 } };
  return rule({ id: "harm", detector: "moderation", action: "flag", bands, timeoutMs: 1_000, ...part });
}

export interface SafetyWorld {
  readonly safety: Safety;
  /** What was sent to be moderated, in order. */
  readonly moderated: string[];
}

/** A safety whose moderator scores texts with `fury` 0.9 and throws on `outage`. */
export function safetyOf(
  definition: Partial<SafetyPolicyDefinition>,
  options: Partial<SafetyOptions> & { readonly detectors?: readonly Detector[] } = {},
): SafetyWorld {
  const moderated: string[] = [];
  const moderator: Moderator = {
    moderate: async (texts) => {
      moderated.push(...texts);
      if (texts.some((text) => text.includes("outage"))) throw new Error("down");
      return texts.map((text) => ({
        scores: { violence: text.includes("fury") ? 0.9 : 0.1 },
        flagged: false,
        model: "m",
      }));
    },
  };
  const policy = defineSafetyPolicy(
    { id: "p", version: "1", rules: [], ...definition },
    { detectors: options.detectors ?? detectors },
  );
  const vault = createVault({ store: createInMemoryVaultStore(), keys: createInMemorySubjectKeys() });
  const moderation = createModerationService({ moderator });
  return { safety: createSafety({ policy, key: testKey, vault, moderation, ...options }), moderated };
}

export function userSays(content: string): Item {
  return { type: "message", role: "user", content };
}

export function assistantItem(text: string, id = "msg_1"): Item {
  return {
    type: "message",
    role: "assistant",
    id,
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

/** A model that gives parts, and says what became of it. */
export interface PartsModel extends Model {
  readonly requests: ModelRequest[];
  readonly given: ModelStreamPart[];
  /** Whether its signal was aborted by the time it was left. */
  readonly isStopped: boolean;
}

export function modelOf(parts: Iterable<ModelStreamPart>): PartsModel {
  const requests: ModelRequest[] = [];
  const given: ModelStreamPart[] = [];
  let isStopped = false;
  return {
    description: "parts",
    requests,
    given,
    get isStopped() {
      return isStopped;
    },
    async *stream(request, { signal }) {
      requests.push(request);
      try {
        for (const part of parts) {
          given.push(part);
          yield part;
        }
      } finally {
        isStopped = signal.aborted;
      }
    },
  };
}

/** The parts of an answer of one text, in the pieces given. */
export function textParts(pieces: readonly string[], response: Partial<ModelResponse> = {}): ModelStreamPart[] {
  const item = assistantItem(pieces.join(""));
  return [
    { type: "item.added", index: 0, item: { ...item, status: "in_progress", content: [] } },
    ...pieces.map((delta): ModelStreamPart => ({ type: "text.delta", index: 0, contentIndex: 0, delta })),
    { type: "item.done", index: 0, item },
    { type: "completed", response: { status: "completed", output: [item], ...response } },
  ];
}

/** What came out of a guarded model. */
export interface GuardedAnswer {
  readonly parts: readonly ModelStreamPart[];
  /** The text deltas, one after the other. */
  readonly text: string;
  readonly response: ModelResponse | undefined;
  readonly decisions: readonly Extract<ModelStreamPart, { type: "moderation" }>["decision"][];
}

export const request: ModelRequest = { model: "m", input: [userSays("Hello")] };

export async function answerOf(safety: Safety, model: Model, asked: ModelRequest = request): Promise<GuardedAnswer> {
  const parts: ModelStreamPart[] = [];
  const { signal } = new AbortController();
  for await (const part of safety.guard.model(model, scope).stream(asked, { signal })) parts.push(part);
  return {
    parts,
    text: parts.map((part) => (part.type === "text.delta" ? part.delta : "")).join(""),
    response: parts.flatMap((part) => (part.type === "completed" ? [part.response] : []))[0],
    decisions: parts.flatMap((part) => (part.type === "moderation" ? [part.decision] : [])),
  };
}
