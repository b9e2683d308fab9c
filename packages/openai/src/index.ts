export { createOpenAIEmbedder, type OpenAIEmbedderOptions } from "./openai-embedder.ts";
export { type OpenAIConnectionOptions } from "./openai-connection.ts";
export type { InlineModerationOptions } from "./inline-moderation.ts";
export { createOpenAIModel, type OpenAIModelOptions } from "./openai-model.ts";
export { createOpenAIModerator, type OpenAIModeratorOptions } from "./openai-moderator.ts";
export { toStructuredOutput, type StructuredOutput } from "./structured-output.ts";
