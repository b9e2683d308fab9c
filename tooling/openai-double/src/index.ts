export { type ModerationCategory, type ModerationWords, defaultModerationWords } from "./moderations.ts";
export {
  type Ending,
  type ErrorReply,
  type FailureCode,
  type Fault,
  type OutputPart,
  type Pace,
  type Reply,
  type ReplyPart,
  drop,
  error,
  errorEvent,
  failed,
  functionCalls,
  incomplete,
  json,
  notJson,
  outOfOrder,
  reasoning,
  refusal,
  rubbish,
  slow,
  stall,
  text,
  truncate,
} from "./replies.ts";
export { type RecordedRequest, type RequestOutcome } from "./request-journal.ts";
export {
  type Endpoint,
  type MatchConditions,
  type Matcher,
  type Rule,
  type ScriptedRequest,
  type ToolOutput,
} from "./rules.ts";
export { type OpenAIDouble, type OpenAIDoubleOptions, startOpenAIDouble } from "./start-openai-double.ts";
