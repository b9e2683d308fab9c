import type { JsonObject } from "../json/json.ts";
import type { Item } from "../model/items.ts";
import type { FunctionTool, ModelSettings } from "../model/model.ts";

/** What to run. */
export interface RunOptions {
  /** What the user says: a text, or items in the shape of the Responses API. */
  readonly input: string | readonly Item[];
  /** The session to go on with. Default: a new one. An id that does not exist yet begins a session of that id. */
  readonly session?: string;
  /** Default: the agent of the session's newest run, or the only agent there is. */
  readonly agent?: string;
  /** Comes after the agent's own instructions, for this run only. */
  readonly instructions?: string;
  /** Functions that the caller runs itself: the run ends with `client_tools` and goes on with their outputs as input. */
  readonly tools?: readonly FunctionTool[];
  /** Laid over the agent's settings, for this run only. */
  readonly settings?: ModelSettings;
  /** Kept with the run; never seen by the model. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Facts about how the caller asked, kept with the run. */
  readonly origin?: RunOrigin;
  /** Aborting it cancels the run: the running tools and the model's connection are stopped. */
  readonly signal?: AbortSignal;
}

/** How a caller asked for a run. */
export interface RunOrigin {
  /** It named the conversation. */
  readonly conversation?: boolean;
  /** It named the response of this run as the previous one. */
  readonly previousRun?: string;
  /** `false`: it asked that the response cannot be retrieved later. */
  readonly store?: boolean;
}

/** What a person decides about a call whose outcome is unknown. */
export type CallDecision =
  | { readonly callId: string; readonly outcome: "succeeded"; readonly output: string }
  | { readonly callId: string; readonly outcome: "failed"; readonly message: string }
  /** Run it again under the same idempotency key. */
  | { readonly callId: string; readonly outcome: "retry"; readonly reason?: string };

/** How to take up a run again. */
export interface ResumeOptions {
  /** What a person decided about the calls that wait. */
  readonly decisions?: readonly CallDecision[];
  /** Who decided, for the record. Default `person:unknown`. */
  readonly actor?: string;
  readonly signal?: AbortSignal;
}

/** Options of `createSession`. */
export interface SessionOptions {
  /** Default: a new id. */
  readonly session?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Turns a prompt given as text into its item. */
export function toItems(input: RunOptions["input"]): readonly Item[] {
  if (typeof input !== "string") return input;
  const message: JsonObject & Item = { type: "message", role: "user", content: input };
  return [message];
}
