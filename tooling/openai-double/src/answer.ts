import type { ApiError } from "./api-error.ts";
import { toErrorBody } from "./api-error.ts";
import type { Delivery, ReplyPlan } from "./reply-plan.ts";
import { undisturbed } from "./reply-plan.ts";
import type { ResponseEvent } from "./response-events.ts";

/** What the server answers a request, as data; {@link deliver} puts it on the wire. */
export type Answer =
  | {
      readonly kind: "json";
      readonly status: number;
      readonly body: unknown;
      readonly headers: Readonly<Record<string, string>>;
      readonly delivery: Delivery;
    }
  | { readonly kind: "events"; readonly events: readonly ResponseEvent[]; readonly delivery: Delivery }
  | { readonly kind: "html"; readonly page: string };

/** A JSON answer with status 200. */
export function answerJson(body: unknown, delivery: Delivery = undisturbed): Answer {
  return { kind: "json", status: 200, body, headers: {}, delivery };
}

/** An error answer; the headers are those a rule asks for. */
export function answerError(error: ApiError, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: "json", status: error.status, body: toErrorBody(error), headers, delivery: undisturbed };
}

/** What a rule answers instead of the endpoint, if it does. */
export function answerInstead(plan: ReplyPlan): Answer | undefined {
  switch (plan.instead?.kind) {
    case undefined:
      return undefined;
    case "notJson":
      return { kind: "html", page: "<!doctype html><title>Proxy</title><p>It works!</p>\n" };
    case "error": {
      const { status, message, type, param, code, headers } = plan.instead;
      return answerError({ status, message, type, param, code }, headers);
    }
  }
}
