import type { Ending, ErrorReply, Fault, ModerationScript, OutputPart, Pace, Reply, ReplyPart } from "./replies.ts";

/** A reply sorted by what its parts are about. */
export interface ReplyPlan {
  readonly output: readonly OutputPart[];
  readonly ending: Ending | undefined;
  /** What is answered instead of a response. */
  readonly instead: ErrorReply | { readonly kind: "notJson" } | undefined;
  /** What the inline moderation says of a response. */
  readonly moderation: ModerationScript | undefined;
  readonly delivery: Delivery;
}

/** How an answer is written to the socket. */
export interface Delivery {
  readonly fault: Fault | undefined;
  readonly pace: Pace | undefined;
}

/** The delivery of an answer that nothing was scripted for. */
export const undisturbed: Delivery = { fault: undefined, pace: undefined };

/** Sorts the parts of a reply. Of several endings, faults or paces the first one counts. */
export function planReply(reply: Reply): ReplyPlan {
  const parts = flatten(reply);
  return {
    output: parts.filter(isOutputPart),
    ending: parts.find((part) => part.kind === "incomplete" || part.kind === "failed"),
    instead: parts.find((part) => part.kind === "error" || part.kind === "notJson"),
    moderation: parts.find((part) => part.kind === "moderation")?.script,
    delivery: { fault: parts.find(isFault), pace: parts.find((part) => part.kind === "pace") },
  };
}

function flatten(reply: Reply): readonly ReplyPart[] {
  return isSingle(reply) ? [reply] : reply.flatMap(flatten);
}

function isSingle(reply: Reply): reply is ReplyPart {
  return !Array.isArray(reply);
}

function isOutputPart(part: ReplyPart): part is OutputPart {
  return ["text", "refusal", "reasoning", "functionCall"].includes(part.kind);
}

function isFault(part: ReplyPart): part is Fault {
  return ["stall", "drop", "truncate", "rubbish", "outOfOrder", "errorEvent"].includes(part.kind);
}
