import {
  type EventData,
  isFunctionCall,
  isFunctionCallOutput,
  isMessage,
  type Item,
  messageText,
  type RecordedEvent,
  type Restorer,
  type RunStreamPart,
  type SafetyScope,
  type SessionState,
} from "@agentkit/core";

/**
 * What the user of a session reads: values that the log does not hold are put back, as far as the policy lets them be. It is for
 * answers, and never for the log.
 */
export interface AnswerView {
  /** Whether a safety policy is at work. */
  readonly guarded: boolean;
  /** A text that stands in the place of an answer. */
  text(text: string, scope: SafetyScope): Promise<string>;
  /**
   * Follows one run of a session.
   *
   * @param known What the run has told before.
   */
  ofRun(session: ViewedSession, known?: readonly RecordedEvent[]): RunView;
}

/** A session, and that at the root of its forks, whose placeholders it has. */
export type ViewedSession = Pick<SessionState, "session" | "family">;

/** What one run tells, in its order. */
export interface RunView {
  events(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]>;
  parts(parts: AsyncIterable<RunStreamPart>): AsyncIterable<RunStreamPart>;
}

/** Makes the view that a restorer gives. Without one everything is shown as the log has it. */
export function createAnswerView(restorer: Restorer | undefined): AnswerView {
  return restorer === undefined
    ? { guarded: false, text: async (text) => text, ofRun: () => asRecorded }
    : {
        guarded: true,
        text: async (text, scope) => restoreText(restorer, text, scope),
        ofRun: (session, known = []) => new RestoredRun(restorer, session, known),
      };
}

const asRecorded: RunView = { events: async (events) => events, parts: (parts) => parts };

class RestoredRun implements RunView {
  readonly #restorer: Restorer;
  readonly #viewed: ViewedSession;
  /** The tools that calls are of, which the events after them do not say. */
  readonly #tools = new Map<string, string>();

  constructor(restorer: Restorer, viewed: ViewedSession, known: readonly RecordedEvent[]) {
    this.#restorer = restorer;
    this.#viewed = viewed;
    for (const event of known) if (event.type === "ModelCallCompleted") this.#note(event.data.output);
  }

  async events(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
    const restored: RecordedEvent[] = [];
    for (const event of events) restored.push(await this.#event(event));
    return restored;
  }

  async *parts(parts: AsyncIterable<RunStreamPart>): AsyncGenerator<RunStreamPart, void> {
    for await (const part of parts) {
      // The pieces of an answer are the user's view as they come.
      yield part.type === "event" ? { type: "event", event: await this.#event(part.event) } : part;
    }
  }

  async #event(event: RecordedEvent): Promise<RecordedEvent> {
    const { run, agent, tenant } = event.meta;
    const { session, family } = this.#viewed;
    const scope = { session, family, run, agent, tenant };
    const toText = async (text: string): Promise<string> => restoreText(this.#restorer, text, scope);
    switch (event.type) {
      case "PromptReceived":
        return { ...event, data: { ...event.data, items: await this.#items(event.data.items, scope) } };
      case "ModelCallCompleted":
        return { ...event, data: { ...event.data, output: await this.#items(event.data.output, scope) } };
      case "ToolCallSucceeded":
        return { ...event, data: { ...event.data, output: await toText(event.data.output) } };
      case "ToolCallFailed":
        return { ...event, data: { ...event.data, message: await toText(event.data.message) } };
      case "ToolCallDenied":
        return { ...event, data: { ...event.data, message: await toText(event.data.message) } };
      case "ToolCallApproved":
        return { ...event, data: await this.#approval(event.data, scope) };
      default:
        return event;
    }
  }

  #note(items: readonly Item[]): void {
    for (const item of items) if (isFunctionCall(item)) this.#tools.set(item.call_id, item.name);
  }

  async #items(items: readonly Item[], scope: SafetyScope): Promise<Item[]> {
    this.#note(items);
    const restored = await this.#restorer.items(items, scope);
    return Promise.all(
      restored.map(async (item): Promise<Item> => {
        if (!isFunctionCallOutput(item) || typeof item.output !== "string") return item;
        return { ...item, output: await restoreText(this.#restorer, item.output, scope) };
      }),
    );
  }

  async #approval(data: EventData<"ToolCallApproved">, scope: SafetyScope): Promise<EventData<"ToolCallApproved">> {
    const { arguments: edited, reason } = data;
    const tool = this.#tools.get(data.callId);
    return {
      ...data,
      ...(reason !== undefined && { reason: await restoreText(this.#restorer, reason, scope) }),
      ...(edited !== undefined &&
        tool !== undefined && { arguments: await this.#restorer.toolArguments(tool, edited, scope) }),
    };
  }
}

/** A restorer puts values back into items: a text is one as the message that it would be. */
async function restoreText(restorer: Restorer, text: string, scope: SafetyScope): Promise<string> {
  const message = { type: "message", role: "assistant", content: text };
  const [restored = message] = await restorer.items([message], scope);
  return isMessage(restored) ? messageText(restored) : text;
}
