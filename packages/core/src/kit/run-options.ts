import type { RecordedEvent } from "../events/catalogue.ts";
import type { Principal } from "../access/principal.ts";
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
  /** On whose behalf the run acts, as the caller has authenticated it. Default: nobody in particular, without roles. */
  readonly principal?: Principal;
  /** Facts about how the caller asked, kept with the run. */
  readonly origin?: RunOrigin;
  /** Aborting it cancels the run: the running tools and the model's connection are stopped. */
  readonly signal?: AbortSignal;
  /** Called with each event of the run as soon as it is in the log. Must not throw. */
  readonly onEvent?: (event: RecordedEvent) => void;
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

/** What a person decides about a call that waits: one whose outcome is unknown, or one that needs an approval. */
export type CallDecision = OutcomeDecision | ApprovalDecision;

/** What a person decides about a call that needs an approval. The ticket is that of the request (`AgentKit.approvals`). */
export type ApprovalDecision =
  | {
      readonly callId: string;
      readonly outcome: "approve";
      readonly ticket: string;
      /** JSON text that takes the place of the arguments; the approval is bound to it. */
      readonly arguments?: string;
      /** The hash of the arguments that the approver has seen; refused where the call has others. */
      readonly argumentsHash?: string;
      readonly reason?: string;
    }
  | { readonly callId: string; readonly outcome: "deny"; readonly ticket: string; readonly reason?: string };

/** What a person decides about a call whose outcome is unknown. */
export type OutcomeDecision =
  | { readonly callId: string; readonly outcome: "succeeded"; readonly output: string }
  | { readonly callId: string; readonly outcome: "failed"; readonly message: string }
  /** Run it again under the same idempotency key. */
  | { readonly callId: string; readonly outcome: "retry"; readonly reason?: string };

/** How to take up a run again. */
export interface ResumeOptions {
  /** What a person decided about the calls that wait. */
  readonly decisions?: readonly CallDecision[];
  /** Who decided, for the record. Default `person:<approver's user>`, or `person:unknown`. */
  readonly actor?: string;
  /** Who decides on approvals, as the caller has authenticated them. Default: nobody in particular, without roles. */
  readonly approver?: Principal;
  readonly signal?: AbortSignal;
}

/** Options of `createSession`. */
export interface SessionOptions {
  /** Default: a new id. */
  readonly session?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Who begins it, for the record. */
  readonly principal?: Principal;
}

/** Turns a prompt given as text into its item. */
export function toItems(input: RunOptions["input"]): readonly Item[] {
  if (typeof input !== "string") return input;
  const message: JsonObject & Item = { type: "message", role: "user", content: input };
  return [message];
}
