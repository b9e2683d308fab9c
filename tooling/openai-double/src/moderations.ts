import type OpenAI from "openai";
import { z } from "zod";
import type { Checked } from "./api-error.ts";
import { passed, refused } from "./api-error.ts";
import { parseBody } from "./parse-body.ts";

/** A category of the omni moderation models. */
export type ModerationCategory = keyof OpenAI.Moderation.Categories;

/** Scores by word: a text that contains the word, in any case, gets at least these scores. */
export type ModerationWords = Readonly<Record<string, Readonly<Partial<Record<ModerationCategory, number>>>>>;

/** The words the double knows from the start. */
export const defaultModerationWords: ModerationWords = {
  kill: { violence: 0.97, "violence/graphic": 0.31 },
  murder: { violence: 0.95 },
  bomb: { "illicit/violent": 0.93, illicit: 0.94, violence: 0.62 },
  shoplift: { illicit: 0.91 },
  idiot: { harassment: 0.88 },
  suicide: { "self-harm": 0.96, "self-harm/intent": 0.71 },
};

const moderationsBodySchema = z.strictObject({
  model: z.string().optional(),
  input: z.union([
    z.string(),
    z.array(z.string()),
    z.array(
      z.discriminatedUnion("type", [
        z.looseObject({ type: z.literal("text"), text: z.string() }),
        z.looseObject({ type: z.literal("image_url"), image_url: z.looseObject({ url: z.string() }) }),
      ]),
    ),
  ]),
});

/** The checked body of `POST /v1/moderations`: one subject for each result. */
export interface ModerationsRequest {
  readonly model: string;
  readonly subjects: readonly ModerationSubject[];
}

interface ModerationSubject {
  readonly text: string;
  readonly inputTypes: readonly ("text" | "image")[];
}

/** The dated model that `omni-moderation-latest` stands for. */
export const omniModel = "omni-moderation-2024-09-26";

/** Checks the body of `POST /v1/moderations`. Strings are judged one by one, the parts of a multi-modal input together. */
export function parseModerationsRequest(body: unknown): Checked<ModerationsRequest> {
  const parsed = parseBody(moderationsBodySchema, body);
  if (!parsed.ok) {
    return parsed;
  }
  const model = parsed.value.model ?? "omni-moderation-latest";
  const subjects = toSubjects(parsed.value.input);
  return subjects.length === 0
    ? refused("Invalid 'input': empty array. Expected an array with minimum length 1.", { param: "input" })
    : passed({ model: model === "omni-moderation-latest" ? omniModel : model, subjects });
}

/** The answer of `POST /v1/moderations`. */
export function createModerations(request: ModerationsRequest, id: string, words: ModerationWords) {
  return { id, model: request.model, results: request.subjects.map((subject) => moderate(subject, words)) };
}

/** Each category, and whether the models apply it to images too. */
const categories: Readonly<Record<ModerationCategory, boolean>> = {
  harassment: false,
  "harassment/threatening": false,
  hate: false,
  "hate/threatening": false,
  illicit: false,
  "illicit/violent": false,
  "self-harm": true,
  "self-harm/instructions": true,
  "self-harm/intent": true,
  sexual: true,
  "sexual/minors": false,
  violence: true,
  "violence/graphic": true,
};

const FLAGGED_FROM = 0.5;
const QUIET_SCORE = 0.000_01;

/** What the models say of a text by itself. */
export function moderateText(text: string, words: ModerationWords) {
  return moderate({ text, inputTypes: ["text"] }, words);
}

function moderate(subject: ModerationSubject, words: ModerationWords) {
  const lowered = subject.text.toLowerCase();
  const found = Object.entries(words).flatMap(([word, scores]) =>
    lowered.includes(word.toLowerCase()) ? [scores] : [],
  );
  const scored = Object.entries(categories).map(([category, takesImages]) => ({
    category,
    score: Math.max(QUIET_SCORE, ...found.map((scores) => new Map(Object.entries(scores)).get(category) ?? 0)),
    inputTypes: subject.inputTypes.filter((type) => type === "text" || takesImages),
  }));
  return {
    flagged: scored.some(({ score }) => score >= FLAGGED_FROM),
    categories: Object.fromEntries(scored.map(({ category, score }) => [category, score >= FLAGGED_FROM])),
    category_scores: Object.fromEntries(scored.map(({ category, score }) => [category, score])),
    category_applied_input_types: Object.fromEntries(scored.map(({ category, inputTypes }) => [category, inputTypes])),
  };
}

function toSubjects(input: z.infer<typeof moderationsBodySchema>["input"]): readonly ModerationSubject[] {
  if (typeof input === "string") {
    return [{ text: input, inputTypes: ["text"] }];
  }
  const strings = input.filter((each) => typeof each === "string");
  if (strings.length === input.length) {
    return strings.map((each) => ({ text: each, inputTypes: ["text"] }));
  }
  const texts = input.flatMap((each) => (typeof each === "object" && each.type === "text" ? [each.text] : []));
  const hasImage = input.some((each) => typeof each === "object" && each.type === "image_url");
  return [
    {
      text: texts.join("\n"),
      inputTypes: [...(texts.length > 0 ? ["text" as const] : []), ...(hasImage ? ["image" as const] : [])],
    },
  ];
}
