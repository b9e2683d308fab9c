import type { RequestContext } from "./assemble-context.ts";
import { type ModerationWords, moderateText, omniModel } from "./moderations.ts";
import type { ModerationSide, ModerationScript } from "./replies.ts";
import type { OutputItem } from "./response-object.ts";
import type { ResponsesBody } from "./responses-body.ts";

/** What a response's moderation is made of. */
export interface ModeratedExchange {
  readonly body: ResponsesBody;
  readonly context: RequestContext;
  readonly output: readonly OutputItem[];
  readonly script: ModerationScript | undefined;
  readonly words: ModerationWords;
}

/** The `moderation` of a response: a result for what was asked and one for what was said; null unless it was asked for. */
export function moderateExchange({ body, context, output, script = {}, words }: ModeratedExchange): unknown {
  if (body.moderation === undefined || body.moderation === null) {
    return null;
  }
  if ("raw" in script) {
    return script.raw;
  }
  const model = body.moderation.model === "omni-moderation-latest" ? omniModel : body.moderation.model;
  const asked = JSON.stringify([body.instructions ?? "", context.previous, context.input]);
  return {
    input: moderateSide(asked, script.input, { model, words }),
    output: moderateSide(JSON.stringify(output), script.output, { model, words }),
  };
}

function moderateSide(
  said: string,
  side: ModerationSide | undefined,
  { model, words }: { readonly model: string; readonly words: ModerationWords },
): unknown {
  if (side !== undefined && "error" in side) {
    return { type: "error", code: side.error, message: `The double was told to fail with ${side.error}.` };
  }
  const scored = side === undefined ? moderateText(said, words) : moderateText("scripted", { scripted: side.scores });
  return { type: "moderation_result", model, ...scored };
}
