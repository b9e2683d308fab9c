/** The run that a response is of, and the session it ran in. */
export interface ResponseName {
  readonly session: string;
  readonly run: string;
  /** Which of the run's responses: each wait for an approval ends one. Default 1. */
  readonly part?: number;
}

const responseIdPattern = /^resp_([A-Za-z0-9_-]{1,64})_([0-9a-f]{24})(?:_([2-9]|[1-9][0-9]{1,3}))?$/;
const conversationIdPattern = /^conv_([A-Za-z0-9_-]{1,64})$/;

/**
 * The id of a run's response. It names session and run, so that nothing has to be looked up in a projection that may lag.
 */
export function toResponseId({ session, run, part = 1 }: ResponseName): string {
  return part === 1 ? `resp_${session}_${run}` : `resp_${session}_${run}_${part}`;
}

/** The run that a response id names; `undefined` for text that is no such id. */
export function parseResponseId(id: string): ResponseName | undefined {
  const [, session, run, part] = responseIdPattern.exec(id) ?? [];
  if (session === undefined || run === undefined) return undefined;
  return { session, run, ...(part !== undefined && { part: Number(part) }) };
}

/** The id of a session as a conversation. */
export function toConversationId(session: string): string {
  return `conv_${session}`;
}

/** The session that a conversation id names; `undefined` for text that is no such id. */
export function parseConversationId(id: string): string | undefined {
  return conversationIdPattern.exec(id)?.[1];
}
