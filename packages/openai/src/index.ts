export { createOpenAIEmbedder, type OpenAIEmbedderOptions } from "./openai-embedder.ts";
export { type OpenAIConnectionOptions } from "./openai-connection.ts";
export { createOpenAIModel } from "./openai-model.ts";
export { createOpenAIModerator, type OpenAIModeratorOptions } from "./openai-moderator.ts";
export { toStructuredOutput, type StructuredOutput } from "./structured-output.ts";
