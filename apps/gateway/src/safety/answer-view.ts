import {
  type Agent,
  type EventData,
  type FunctionTool,
  isFunctionCall,
  isFunctionCallOutput,
  isMessage,
  type Item,
  messageText,
  type RecordedEvent,
  type Restorer,
  type RunDelta,
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
  /** What a request said under fixed names, as an answer says it again. */
  echo<Value extends object>(value: Value, scope: SafetyScope): Promise<Value>;
  /**
   * Follows one run of a session.
   *
   * @param callers The functions that its caller runs itself, which are given what they may have. What other tools are given is
   *   shown as far as answers may show it.
   */
  ofRun(session: ViewedSession, callers: readonly FunctionTool[]): RunView;
}

/** A session, and that at the root of its forks, whose placeholders it has. */
export type ViewedSession = Pick<SessionState, "session" | "family">;

/** What one run tells, in its order. */
export interface RunView {
  events(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]>;
  parts(parts: AsyncIterable<RunStreamPart>): AsyncIterable<RunStreamPart>;
}

/** Makes the view that a restorer gives. Without one everything is shown as the log has it. */
export function createAnswerView(restorer: Restorer | undefined, agents: readonly Agent[]): AnswerView {
  if (restorer === undefined) {
    return { guarded: false, text: async (text) => text, echo: async (value) => value, ofRun: () => asRecorded };
  }
  // A rule that names the tool of an agent does not mean a function of that name that somebody brings along.
  const taken = new Set(agents.flatMap(({ tools }) => tools.map(({ name }) => name)));
  return {
    guarded: true,
    text: async (text, scope) => restoreText(restorer, text, scope),
    echo: async (value, scope) => restoreEcho(restorer, value, scope),
    ofRun(session, callers) {
      const functions = new Set(callers.map(({ name }) => name).filter((name) => !taken.has(name)));
      return new RestoredRun(restorer, session, functions);
    },
  };
}

type DoneDelta = Extract<RunDelta, { type: "item.done" }>;

const asRecorded: RunView = { events: async (events) => events, parts: (parts) => parts };

class RestoredRun implements RunView {
  readonly #restorer: Restorer;
  readonly #viewed: ViewedSession;
  readonly #callers: ReadonlySet<string>;

  constructor(restorer: Restorer, viewed: ViewedSession, callers: ReadonlySet<string>) {
    this.#restorer = restorer;
    this.#viewed = viewed;
    this.#callers = callers;
  }

  async events(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
    const restored: RecordedEvent[] = [];
    for (const event of events) restored.push(await this.#event(event));
    return restored;
  }

  async *parts(parts: AsyncIterable<RunStreamPart>): AsyncGenerator<RunStreamPart, void> {
    for await (const part of parts) {
      if (part.type === "event") yield { type: "event", event: await this.#event(part.event) };
      // The texts of an answer are the user's view as they come. Values are put back into whole arguments only.
      else if (part.delta.type === "item.done") yield { ...part, delta: await this.#done(part.delta) };
      else if (part.delta.type !== "arguments.delta") yield part;
    }
  }

  async #done(delta: DoneDelta): Promise<DoneDelta> {
    if (!isFunctionCall(delta.item)) return delta;
    const [item = delta.item] = await this.#items([delta.item], this.#viewed);
    return { ...delta, item };
  }

  async #event(event: RecordedEvent): Promise<RecordedEvent> {
    const { run, agent, tenant } = event.meta;
    const { session, family } = this.#viewed;
    const scope = { session, family, run, agent, tenant };
    const toText = async (text: string): Promise<string> => restoreText(this.#restorer, text, scope);
    switch (event.type) {
      case "RunStarted":
        return { ...event, data: await this.#started(event.data, scope) };
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

  async #started(data: EventData<"RunStarted">, scope: SafetyScope): Promise<EventData<"RunStarted">> {
    const { request } = data;
    if (request?.metadata === undefined) return data;
    const { metadata } = request;
    return { ...data, request: { ...request, ...(await restoreEcho(this.#restorer, { metadata }, scope)) } };
  }

  async #items(items: readonly Item[], scope: SafetyScope): Promise<Item[]> {
    const restored = await this.#restorer.items(items, scope, ({ name }) => this.#callers.has(name));
    return Promise.all(
      restored.map(async (item): Promise<Item> => {
        if (!isFunctionCallOutput(item) || typeof item.output !== "string") return item;
        return { ...item, output: await restoreText(this.#restorer, item.output, scope) };
      }),
    );
  }

  async #approval(data: EventData<"ToolCallApproved">, scope: SafetyScope): Promise<EventData<"ToolCallApproved">> {
    const { arguments: edited, reason } = data;
    return {
      ...data,
      ...(reason !== undefined && { reason: await restoreText(this.#restorer, reason, scope) }),
      ...(edited !== undefined && { arguments: await restoreArguments(this.#restorer, edited, scope) }),
    };
  }
}

/** A restorer puts values back into items: a text is one as the message that it would be. */
async function restoreText(restorer: Restorer, text: string, scope: SafetyScope): Promise<string> {
  const message = { type: "message", role: "assistant", content: text };
  const [restored = message] = await restorer.items([message], scope);
  return isMessage(restored) ? messageText(restored) : text;
}

/** JSON text, as the arguments that it would be of a call. */
async function restoreArguments(restorer: Restorer, text: string, scope: SafetyScope): Promise<string> {
  const call = { type: "function_call", call_id: "echo", name: "echo", arguments: text };
  const [restored = call] = await restorer.items([call], scope);
  return isFunctionCall(restored) ? restored.arguments : text;
}

async function restoreEcho<Value extends object>(restorer: Restorer, value: Value, scope: SafetyScope): Promise<Value> {
  const text = JSON.stringify(value);
  const restored = await restoreArguments(restorer, text, scope);
  if (restored === text) return value;
  const echoed: unknown = JSON.parse(restored);
  return Object.assign({}, value, echoed);
}
