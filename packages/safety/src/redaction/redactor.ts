import { AgentKitError, type EventDraft, type NewEvent, sessionOfStream } from "@agentkit/core";
import { matchesNames } from "../policy/name-pattern.ts";
import type { EvaluationContext, RuleFindings } from "../policy/evaluation.ts";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import type { Vault } from "../vault/vault.ts";
import { findUnredactable, isOpaqueField, isStructural } from "./event-fields.ts";
import { createCleanTexts } from "./clean-texts.ts";
import { createPlaceholderBook } from "./placeholder-book.ts";
import { definitionsSession, type Placeholders } from "./placeholder.ts";
import { redactText, type TextRedaction } from "./redact-text.ts";
import { markRedacted, type Redacted } from "./redacted.ts";
import { redactValue } from "./redact-value.ts";

/** What a redactor is made of. */
export interface RedactorOptions {
  /** Its rules for the surface `append` say what is redacted: those whose action is `redact` or more. */
  readonly policy: SafetyPolicy;
  /**
   * At least 32 secret bytes. Placeholders are made with them: who knows the key can tell whether a guessed value is behind
   * one. With another key the same value has another placeholder.
   */
  readonly key: Uint8Array;
  /** Keeps the values that the policy's `restore` rules put back. Without it, nothing is kept. */
  readonly vault?: Vault;
  /** A timer in milliseconds, for the limits of rules. Default `performance.now`. */
  readonly timer?: () => number;
}

/** Whose text is redacted. */
export interface RedactionScope extends Pick<EvaluationContext, "agent" | "tenant" | "source"> {
  /** Placeholders are the same within a session and tell nothing outside it. */
  readonly session: string;
  /** The person whose key values are kept under. Default: the session, as `session:<id>`. */
  readonly subject?: string | undefined;
}

/** Takes why something was taken out: the hits of rules, each redaction once, and the failures for which a text was withheld. */
export type RedactionReport = (findings: RuleFindings) => void;

/**
 * Takes out what must not be kept, and puts placeholders in its place. Pure but for the vault: the same input gives the same
 * output in any process that has the key, and redacting what was redacted changes nothing.
 */
export interface Redactor {
  /** Redacts a text. */
  text(text: string, scope: RedactionScope): Redacted<string>;
  /** Redacts a value as JSON would carry it: keys, strings, numbers, JSON in strings, errors with causes and stacks. */
  value(value: unknown, scope: RedactionScope): Redacted<unknown>;
  /**
   * Redacts an event before it has an identity, so that what is folded is what is appended.
   *
   * @throws AgentKitError `event_invalid` where it cannot be redacted: see {@link Redactor.event}.
   */
  draft<Draft extends EventDraft>(draft: Draft, scope: RedactionScope, report?: RedactionReport): Redacted<Draft>;
  /**
   * Redacts an event of a stream. What names things (`meta.session`, `meta.tenant`, `meta.subjects`, …) and content that is
   * kept by its hash cannot be changed without losing what it refers to: with something to redact in it, the event is refused.
   *
   * @throws AgentKitError `event_invalid`, with the field in `param`.
   */
  event(stream: string, event: NewEvent): Redacted<NewEvent>;
  /** Waits until the vault has kept what was taken out. */
  flush(): Promise<void>;
  /** Whether there is something to wait for. */
  readonly isPending: boolean;
}

const shortestKey = 32;

/**
 * Makes a redactor on the rules of a policy for the surface `append`. A detector that fails takes the rule's path: closed
 * and queue withhold the whole text, open lets it through. Overrides do not apply: what is in the log stays in it.
 *
 * @throws AgentKitError `definition_invalid` when the key is too short.
 *
 * @example
 * ```ts
 * import { createPiiDetector, createRedactor, defineSafetyPolicy } from "@agentkit/safety";
 *
 * const rule = { id: "mail", detector: "pii", surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [createPiiDetector()] });
 * const redactor = createRedactor({ policy, key: crypto.getRandomValues(new Uint8Array(32)) });
 * console.log(redactor.text("I am ada@example.org", { session: "a1" })); // I am [[PII:EMAIL:…]]
 * ```
 */
export function createRedactor(options: RedactorOptions): Redactor {
  const { key } = options;
  if (key.length < shortestKey) {
    const message = `A redaction key has at least ${shortestKey} bytes; this one has ${key.length}.`;
    throw new AgentKitError("definition_invalid", message);
  }
  return new PolicyRedactor(options);
}

class PolicyRedactor implements Redactor {
  readonly #policy: SafetyPolicy;
  readonly #placeholdersOf: (session: string) => Placeholders;
  readonly #vault: Vault | undefined;
  readonly #isRestorable: (category: string) => boolean;
  readonly #clean = createCleanTexts();
  readonly #timer: (() => number) | undefined;

  constructor({ policy, key, vault, timer }: RedactorOptions) {
    this.#policy = policy;
    this.#timer = timer;
    this.#placeholdersOf = createPlaceholderBook(key);
    this.#vault = vault;
    this.#isRestorable = matchesNames(policy.restore.flatMap(({ categories }) => categories));
  }

  get isPending(): boolean {
    return this.#vault?.isPending ?? false;
  }

  async flush(): Promise<void> {
    await this.#vault?.flush();
  }

  text(text: string, scope: RedactionScope): Redacted<string> {
    return markRedacted(redactText(text, undefined, this.#toRedaction(scope)));
  }

  value(value: unknown, scope: RedactionScope): Redacted<unknown> {
    return markRedacted(redactValue(value, this.#toRedaction(scope)));
  }

  draft<Draft extends EventDraft>(draft: Draft, scope: RedactionScope, report?: RedactionReport): Redacted<Draft> {
    return markRedacted(this.#withRedactedData(draft, scope, report));
  }

  event(stream: string, event: NewEvent): Redacted<NewEvent> {
    const { meta, type } = event;
    const scope = {
      session: meta.session ?? sessionOfStream(stream) ?? stream,
      agent: meta.agent,
      tenant: meta.tenant,
      subject: meta.subjects?.[0],
    };
    const redaction = this.#toRedaction(scope);
    const field = findUnredactable({ stream, type, meta }, (text, key) => redactText(text, key, redaction) !== text);
    if (field !== undefined) throw refused(type, field, "an id; use one that tells nothing");
    const rest = Object.fromEntries(Object.entries(meta).filter(([name]) => !isStructural(name)));
    const redacted = Object.assign({}, meta, redactValue(rest, redaction));
    return markRedacted({ ...this.#withRedactedData(event, scope), meta: redacted });
  }

  #withRedactedData<Event extends { readonly type: string; readonly data: object }>(
    event: Event,
    scope: RedactionScope,
    report?: RedactionReport,
  ): Event {
    // Content that is kept by its hash is the same in every session.
    const own = event.type === "ContentRecorded" ? { session: definitionsSession } : scope;
    const data = redactValue(event.data, { ...this.#toRedaction(own), report, isOpaque: isOpaqueField });
    if (event.type === "ContentRecorded" && JSON.stringify(data) !== JSON.stringify(event.data)) {
      throw refused(event.type, "data.content", "content that is kept by its hash; redact it before it is hashed");
    }
    return Object.assign({}, event, { data });
  }

  #toRedaction(scope: RedactionScope): TextRedaction {
    const { session, subject = `session:${session}`, ...from } = scope;
    return {
      policy: this.#policy,
      context: { ...from, session, surface: "append", timer: this.#timer },
      placeholders: this.#placeholdersOf(session),
      clean: this.#clean.of([from.agent, from.tenant, from.source]),
      keep: (placeholder, category, value) => {
        if (this.#isRestorable(category)) this.#vault?.keep({ session, subject, placeholder, category, value });
      },
    };
  }
}

function refused(type: string, field: string, what: string): AgentKitError {
  const message = `The event '${type}' is not appended: its ${field} holds a secret or personal data, and is ${what}.`;
  return new AgentKitError("event_invalid", message, { param: field });
}
