import type { Content, DefinitionContents } from "../agent/call-definition.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { decodeEvent } from "../events/decode-event.ts";
import { eventId } from "../events/event-id.ts";
import type { ContentHash } from "../json/content-hash.ts";
import { contentHash } from "../json/content-hash.ts";
import type { Clock } from "../runtime/clock.ts";

/** Texts that events name by hash, each recorded once in a stream of its own. */
export interface ContentStore {
  /** Makes sure that the texts are in the log before an event names them. */
  record(contents: readonly Content[]): Promise<void>;
  /** The text of a hash. Throws `content_not_found`, or `log_corrupt` when the text does not have that hash. */
  load(hash: ContentHash): Promise<string>;
}

/** How many texts are remembered. They are instructions and schemas: few, and the same ones again and again. */
const capacity = 1_000;

/** Makes a content store on a log. */
export function createContentStore(log: EventLog, clock: Clock): ContentStore {
  const remembered = new Map<ContentHash, string>();

  function keep(hash: ContentHash, content: string): void {
    if (remembered.size >= capacity) remembered.clear();
    remembered.set(hash, content);
  }

  async function recordOne(content: Content): Promise<void> {
    if (remembered.has(content.hash)) return;
    const stream = toContentStream(content.hash);
    const event = {
      id: eventId({ stream, run: "", step: 0, index: 0 }),
      type: "ContentRecorded",
      version: 1,
      time: new Date(clock.now()).toISOString(),
      data: { ...content },
      meta: { actor: "engine" },
    };
    // Whoever comes second writes the same id at the same place, which the log takes for the same append.
    await log.append(stream, [event], { expected: "no_stream" });
    keep(content.hash, content.content);
  }

  return {
    async record(contents) {
      for (const content of contents) await recordOne(content);
    },
    async load(hash) {
      const known = remembered.get(hash);
      if (known !== undefined) return known;
      const content = await readContent(log, hash);
      keep(hash, content);
      return content;
    },
  };
}

async function readContent(log: EventLog, hash: ContentHash): Promise<string> {
  for await (const stored of log.readStream(toContentStream(hash), { limit: 1 })) {
    const event = decodeEvent(stored);
    if (event.type !== "ContentRecorded") break;
    if (contentHash(event.data.content) === hash) return event.data.content;
    throw new AgentKitError("log_corrupt", `The content recorded under ${hash} has another hash: the log was changed.`);
  }
  throw new AgentKitError("content_not_found", `The log has no content with the hash ${hash}.`);
}

// A colon is legal in a stream's name, but a file or a URL made of it would have to escape it.
function toContentStream(hash: ContentHash): string {
  return `content-${hash.slice("sha256:".length)}`;
}

/** The contents of a definition as a list. */
export function listContents(contents: DefinitionContents): readonly Content[] {
  return [contents.instructions, contents.tools, contents.settings].filter((content) => content !== undefined);
}
