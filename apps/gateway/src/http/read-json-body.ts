import { type JsonValue, parseJson } from "@agentkit/core";
import { refusal } from "./api-error.ts";
import { checkJson } from "./check-json.ts";

/**
 * Reads a request's body as JSON and counts its bytes while they come.
 *
 * @returns `undefined` for an empty body.
 * @throws ApiError 413 above `maxBytes`; 400 for another content type, invalid UTF-8, text that is no JSON, and values that
 * a log cannot keep.
 */
export async function readJsonBody(request: Request, maxBytes: number): Promise<JsonValue | undefined> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  checkContentType(request);
  const value = parseText(decode(bytes));
  const fault = checkJson(value);
  if (fault !== undefined) throw fault;
  return value;
}

/** Like {@link readJsonBody}, and refuses an empty body. */
export async function requireJsonBody(request: Request, maxBytes: number): Promise<JsonValue> {
  const value = await readJsonBody(request, maxBytes);
  if (value !== undefined) return value;
  throw refusal("The request has no body. Send a JSON object.", { code: "missing_body" });
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body === null) return new Uint8Array();
  const body: AsyncIterable<unknown> = request.body;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function checkContentType(request: Request): void {
  const contentType = request.headers.get("content-type") ?? "";
  const [mediaType = ""] = contentType.split(";");
  if (/^application\/(?:[\w.+-]+\+)?json$/i.test(mediaType.trim())) return;
  throw refusal("The body's content type is not 'application/json'. Send JSON and say so.", {
    code: "unsupported_content_type",
  });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal("We could not parse the JSON body of your request: it is not valid UTF-8.", {
      code: "invalid_unicode",
    });
  }
}

function parseText(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    // The parser's own message quotes the body.
    throw refusal("We could not parse the JSON body of your request.", { code: "invalid_json" });
  }
}

function tooLarge(maxBytes: number): Error {
  return refusal(`The body is larger than ${maxBytes} bytes, which is this gateway's limit.`, {
    status: 413,
    code: "request_too_large",
  });
}
