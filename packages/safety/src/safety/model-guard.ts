import { AgentKitError, type Model, type ModelRequest, type ModelStreamPart, type SafetyScope } from "@agentkit/core";
import type { Restorer } from "../redaction/restorer.ts";
import { guardAnswer } from "./answer-guard.ts";
import { isModeratedInline, moderateAnswer } from "./answer-moderation.ts";
import { AnswerView } from "./answer-view.ts";
import type { Examiner } from "./examination.ts";
import { beginCall, type GuardedCall } from "./guarded-call.ts";
import type { GuardedPart } from "./guarded-part.ts";
import { inWindows } from "./moderated-windows.ts";
import type { PromptGuard } from "./prompt-guard.ts";
import { toPlaceholderSession } from "./placeholder-session.ts";

/** What puts a guard around a model. */
export interface ModelGuardOptions {
  readonly examiner: Examiner;
  readonly prompts: PromptGuard;
  readonly restorer: Restorer;
  readonly scope: SafetyScope;
}

/** Puts the guard around a model. */
export function guardModel(model: Model, options: ModelGuardOptions): Model {
  return {
    description: model.description,
    ...(model.isModerated === true && { isModerated: true }),
    stream: (request, { signal }) => guardStream(model, request, { ...options, signal }),
    ...(model.list !== undefined && { list: model.list.bind(model) }),
  };
}

interface StreamOptions extends ModelGuardOptions {
  readonly signal: AbortSignal;
}

async function* guardStream(
  model: Model,
  request: ModelRequest,
  { examiner, prompts, restorer, scope, signal }: StreamOptions,
): AsyncGenerator<ModelStreamPart, void> {
  const examination = await examiner.open({ ...scope, signal });
  const call = beginCall(examination, { prompts, request, isInline: isModeratedInline(model, request) });
  const view = new AnswerView({ ...call, restorer, session: toPlaceholderSession(scope) });
  const asked = await askPrompt(call);
  if (asked === "blocked") return yield* await view.accept({ type: "blocked" });
  if (!call.isInline) yield* call.conclude();
  const over = new AbortController();
  const stop = (): void => over.abort(new AgentKitError("aborted", "The guard has ended the answer."));
  const upstream = model.stream(asked, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    for await (const part of toGuarded(upstream, call, stop)) {
      if (part.type === "blocked") stop();
      yield* await view.accept(part);
    }
  } catch (error) {
    // What was decided before the model failed is on record too.
    yield* call.conclude();
    throw error;
  } finally {
    stop();
  }
}

function toGuarded(
  upstream: AsyncIterable<ModelStreamPart>,
  call: GuardedCall,
  stop: () => void,
): AsyncIterable<GuardedPart> {
  const parts = guardAnswer(upstream, { examination: call.examination, record: call.answer });
  const moderation = moderateAnswer(call);
  return moderation === undefined ? parts : inWindows(parts, { ...moderation, stop });
}

/** The request as it may be sent. Scores that come with the answer are waited for there. */
async function askPrompt({
  examination,
  prompts,
  prompt,
  request,
  isInline,
}: GuardedCall): Promise<ModelRequest | "blocked"> {
  if (!examination.concerns("assembled_prompt")) return request;
  const asked = prompt.measure(() => prompts.ask(examination, prompt, request));
  if (prompt.conclude().verdict === "block") return "blocked";
  if (isInline) return asked;
  return (await prompt.wait(() => prompts.moderate(examination, prompt, request))) ? "blocked" : asked;
}
