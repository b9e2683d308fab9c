import type { ModerationCategory } from "./moderations.ts";

/** Something the scripted model says. */
export type OutputPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "refusal"; readonly refusal: string }
  | { readonly kind: "reasoning"; readonly summary: readonly string[] }
  | { readonly kind: "functionCall"; readonly name: string; readonly arguments: string };

/** How a response ends when it does not end `completed`. */
export type Ending =
  | { readonly kind: "incomplete"; readonly reason: "max_output_tokens" | "content_filter" }
  | { readonly kind: "failed"; readonly code: FailureCode; readonly message: string };

/** The codes of a failed response that are not about images. */
export type FailureCode = "server_error" | "rate_limit_exceeded" | "invalid_prompt";

/** Something that goes wrong on the wire. `afterEvents` counts the events that are sent whole and in order before it. */
export type Fault =
  | { readonly kind: "stall"; readonly afterEvents: number }
  | { readonly kind: "drop"; readonly afterEvents: number }
  | { readonly kind: "truncate"; readonly afterEvents: number; readonly done: boolean }
  | { readonly kind: "rubbish"; readonly afterEvents: number; readonly what: "json" | "utf8" }
  | { readonly kind: "outOfOrder"; readonly afterEvents: number; readonly how: "swapped" | "repeated" | "lost" }
  | { readonly kind: "errorEvent"; readonly afterEvents: number; readonly code: string; readonly message: string };

/** How fast and in which pieces an answer is written. */
export interface Pace {
  readonly kind: "pace";
  readonly eventDelayMs: number;
  /** The size of each socket write; undefined writes each event whole. */
  readonly chunkBytes: number | undefined;
}

/** An HTTP error answer. */
export interface ErrorReply {
  readonly kind: "error";
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the inline moderation says of one side: these scores, or that it failed with this code. */
export type ModerationSide =
  | { readonly scores: Readonly<Partial<Record<ModerationCategory, number>>> }
  | { readonly error: string };

/** What the inline moderation says of both; a side that is not given is scored by its words. `raw` is sent as it is. */
export type ModerationScript =
  | { readonly input?: ModerationSide; readonly output?: ModerationSide }
  | { readonly raw: unknown };

/** One piece of a {@link Reply}. */
export type ReplyPart =
  | OutputPart
  | Ending
  | Fault
  | Pace
  | ErrorReply
  | { readonly kind: "moderation"; readonly script: ModerationScript }
  | { readonly kind: "notJson" };

/**
 * What the double answers: one part or several, in the order in which the model says them.
 *
 * @example
 * ```ts
 * const reply: Reply = [reasoning("The user wants the weather."), functionCalls([{ name: "weather", arguments: { city: "Oslo" } }])];
 * ```
 */
export type Reply = ReplyPart | readonly Reply[];

/** An assistant message with this text. */
export function text(value: string): ReplyPart {
  return { kind: "text", text: value };
}

/** An assistant message whose text is this value as JSON: a structured output. */
export function json(value: unknown): ReplyPart {
  return { kind: "text", text: JSON.stringify(value) };
}

/** An assistant message that refuses. */
export function refusal(value: string): ReplyPart {
  return { kind: "refusal", refusal: value };
}

/** A reasoning item with these summary parts; it carries `encrypted_content` when the request's `include` asks for it. */
export function reasoning(...summary: readonly string[]): ReplyPart {
  return { kind: "reasoning", summary };
}

/** One function call or several parallel ones. Arguments given as a string are sent as they are, be they JSON or not. */
export function functionCalls(
  calls: readonly { readonly name: string; readonly arguments: string | Readonly<Record<string, unknown>> }[],
): readonly ReplyPart[] {
  return calls.map((call) => ({
    kind: "functionCall",
    name: call.name,
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
  }));
}

/** The response ends `incomplete`, and so does its last item. */
export function incomplete(reason: "max_output_tokens" | "content_filter"): ReplyPart {
  return { kind: "incomplete", reason };
}

/** The response ends `failed`: HTTP 200, and `response.failed` in a stream. */
export function failed(failure: { readonly code?: FailureCode; readonly message: string }): ReplyPart {
  return { kind: "failed", code: failure.code ?? "server_error", message: failure.message };
}

/** An HTTP error instead of a response. */
export function error(answer: {
  readonly status: number;
  readonly message?: string;
  readonly type?: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}): ReplyPart {
  return {
    kind: "error",
    status: answer.status,
    type: answer.type ?? (answer.status >= 500 ? "server_error" : "invalid_request_error"),
    code: answer.code ?? null,
    param: answer.param ?? null,
    message: answer.message ?? `The double was told to answer ${answer.status}.`,
    headers: answer.headers ?? {},
  };
}

/** Sends so many events, then keeps the socket open and silent until the client leaves. Without a stream it never answers. */
export function stall(at: { readonly afterEvents: number } = { afterEvents: 0 }): ReplyPart {
  return { kind: "stall", ...at };
}

/** Sends so many events, then destroys the socket. Without a stream it sends half of the body first. */
export function drop(at: { readonly afterEvents: number } = { afterEvents: 0 }): ReplyPart {
  return { kind: "drop", ...at };
}

/** Sends so many events, then ends the stream as if all were well, with `[DONE]` if asked for, but with no terminal event. */
export function truncate(at: { readonly afterEvents: number; readonly done?: boolean }): ReplyPart {
  return { kind: "truncate", afterEvents: at.afterEvents, done: at.done ?? false };
}

/** Sends so many events whole; the next one's data is broken JSON, or JSON with bytes that are not UTF-8. */
export function rubbish(at: { readonly afterEvents: number; readonly what?: "json" | "utf8" }): ReplyPart {
  return { kind: "rubbish", afterEvents: at.afterEvents, what: at.what ?? "json" };
}

/** Sends so many events in order; the next one changes places with its successor, is sent twice, or is lost. */
export function outOfOrder(at: {
  readonly afterEvents: number;
  readonly how?: "swapped" | "repeated" | "lost";
}): ReplyPart {
  return { kind: "outOfOrder", afterEvents: at.afterEvents, how: at.how ?? "swapped" };
}

/** Sends so many events, then an `error` event, and ends the stream. */
export function errorEvent(at: {
  readonly afterEvents: number;
  readonly code: string;
  readonly message: string;
}): ReplyPart {
  return { kind: "errorEvent", ...at };
}

/** Waits before each event, and writes it in pieces of so many bytes, which may part a UTF-8 character. */
export function slow(pace: { readonly eventDelayMs?: number; readonly chunkBytes?: number }): ReplyPart {
  return { kind: "pace", eventDelayMs: pace.eventDelayMs ?? 0, chunkBytes: pace.chunkBytes };
}

/** What the response's inline moderation says, in a response to a request that asks for it. */
export function moderation(script: ModerationScript): ReplyPart {
  return { kind: "moderation", script };
}

/** HTTP 200 with an HTML page, as a misconfigured proxy answers. */
export function notJson(): ReplyPart {
  return { kind: "notJson" };
}
