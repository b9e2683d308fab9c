import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { AgentKitError } from "@agentkit/core";

/** How a body is read. */
export interface ReadBodyOptions {
  /** The answer's content-encoding. */
  readonly encoding: string | undefined;
  /** The answer's content-type. */
  readonly mediaType: string | undefined;
  /** Types that are accepted; undefined accepts every one. */
  readonly mediaTypes: readonly string[] | undefined;
  /** Most bytes of the body, both as sent and decompressed. */
  readonly maxBytes: number;
  /** Who answered what: the start of each error's message. */
  readonly origin: string;
}

/**
 * Reads a body within its limit. What is compressed is decompressed piece by piece, and the pieces are counted, so that a small
 * answer cannot become a large one in memory.
 *
 * @throws AgentKitError `network_response_too_large`, `network_response_invalid`.
 */
export async function readBody(stream: Readable, options: ReadBodyOptions): Promise<Uint8Array> {
  const { encoding, maxBytes, origin } = options;
  try {
    const decoder = toDecoder(encoding, origin);
    const decoded = createLimit({ maxBytes, origin, onStart: () => checkType(options) });
    const sent = createLimit({ maxBytes, origin });
    const keep = async (source: Chunks): Promise<void> => collect(source, decoded);
    if (decoder === undefined) await pipeline(stream, keep);
    else await pipeline(stream, (source: Chunks) => pass(source, sent), decoder, keep);
    return Buffer.concat(decoded.chunks);
  } catch (error) {
    stream.destroy();
    if (isZlibError(error)) {
      throw new AgentKitError("network_response_invalid", `${origin}, but its ${encoding} encoding is broken.`);
    }
    throw error;
  }
}

type Chunks = AsyncIterable<Uint8Array>;

interface Limit {
  readonly chunks: Uint8Array[];
  count(chunk: Uint8Array): void;
}

interface LimitOptions extends Pick<ReadBodyOptions, "maxBytes" | "origin"> {
  /** Called before the first byte is taken, so that an answer without a body may have any type. */
  readonly onStart?: () => void;
}

function createLimit({ maxBytes, origin, onStart }: LimitOptions): Limit {
  let size = 0;
  return {
    chunks: [],
    count: (chunk) => {
      if (size === 0) onStart?.();
      size += chunk.length;
      if (size <= maxBytes) return;
      const message = `${origin}, but its body is larger than ${maxBytes} bytes.`;
      throw new AgentKitError("network_response_too_large", message);
    },
  };
}

async function* pass(source: Chunks, limit: Limit): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    limit.count(chunk);
    yield chunk;
  }
}

async function collect(source: Chunks, limit: Limit): Promise<void> {
  for await (const chunk of source) {
    limit.count(chunk);
    limit.chunks.push(chunk);
  }
}

function toDecoder(encoding: string | undefined, origin: string): Transform | undefined {
  switch ((encoding ?? "identity").trim().toLowerCase()) {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      throw new AgentKitError("network_response_invalid", `${origin}, in an encoding that was not asked for.`);
  }
}

function checkType({ mediaType, mediaTypes, origin }: ReadBodyOptions): void {
  if (mediaTypes === undefined) return;
  const type = (mediaType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (mediaTypes.some((accepted) => matchesType(type, accepted))) return;
  const what = type === "" ? "of no type" : `of the type '${type.slice(0, 100)}'`;
  throw new AgentKitError("network_response_invalid", `${origin}, but its body is ${what}, which is not accepted.`);
}

/** `text/*` accepts every text, `*+json` every type in JSON's syntax. */
function matchesType(type: string, accepted: string): boolean {
  if (accepted.endsWith("/*")) return type.startsWith(accepted.slice(0, -1));
  return accepted.startsWith("*+") ? type.endsWith(accepted.slice(1)) : type === accepted;
}

function isZlibError(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("Z_") || code.startsWith("ERR_BROTLI") || code.startsWith("ERR__ERROR_FORMAT");
}
