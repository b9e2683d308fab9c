import { AgentKitError, contentHash, decodeEvent, parseJson } from "@agentkit/core";
import type { ContentHash, EventLog, FunctionTool, JsonObject, JsonValue } from "@agentkit/core";
import { isJsonArray, isJsonObject } from "../http/json.ts";
import type { EchoedRequest } from "./response-object.ts";

/** The hashes by which a run's `RunStarted` names what its caller asked for. */
export interface RequestHashes {
  readonly instructions?: ContentHash | undefined;
  readonly tools?: ContentHash | undefined;
  readonly settings?: ContentHash | undefined;
}

/** Reads texts that events name by hash. */
export interface ContentReader {
  /** Throws `content_not_found`, or `log_corrupt` when a text does not have its hash. */
  readRequest(hashes: RequestHashes): Promise<EchoedRequest>;
}

/** How many texts are remembered. They are instructions and schemas: few, and the same ones again and again. */
const capacity = 1_000;

/** Makes a reader on a log. A text under its hash never changes, so that it may be remembered for ever. */
export function createContentReader(log: EventLog): ContentReader {
  const remembered = new Map<ContentHash, string>();

  async function read(hash: ContentHash): Promise<string> {
    const known = remembered.get(hash);
    if (known !== undefined) return known;
    const content = await readContent(log, hash);
    if (remembered.size >= capacity) remembered.clear();
    remembered.set(hash, content);
    return content;
  }

  return {
    async readRequest({ instructions, tools, settings }) {
      return {
        instructions: instructions && (await read(instructions)),
        tools: tools === undefined ? [] : toTools(parseJson(await read(tools))),
        settings: settings === undefined ? {} : toSettings(parseJson(await read(settings))),
      };
    },
  };
}

async function readContent(log: EventLog, hash: ContentHash): Promise<string> {
  // The stream of a content is named after its hash, see `ContentRecorded`.
  for await (const stored of log.readStream(`content-${hash.slice("sha256:".length)}`, { limit: 1 })) {
    const event = decodeEvent(stored);
    if (event.type !== "ContentRecorded") break;
    if (contentHash(event.data.content) === hash) return event.data.content;
    throw new AgentKitError("log_corrupt", `The content recorded under ${hash} has another hash: the log was changed.`);
  }
  throw new AgentKitError("content_not_found", `The log has no content with the hash ${hash}.`);
}

function toTools(value: JsonValue): readonly FunctionTool[] {
  return isJsonArray(value) ? value.filter(isFunctionTool) : [];
}

// The engine wrote it, and its hash was checked: only the compiler has to be told.
function isFunctionTool(value: JsonValue): value is JsonObject & FunctionTool {
  return isJsonObject(value) && value["type"] === "function" && typeof value["name"] === "string";
}

function toSettings(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : {};
}
