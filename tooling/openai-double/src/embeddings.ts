import { createHash } from "node:crypto";
import { z } from "zod";
import type { Checked } from "./api-error.ts";
import { passed, refused } from "./api-error.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { parseBody } from "./parse-body.ts";

const embeddingsBodySchema = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.union([z.string(), z.array(z.int()), z.int()]))]),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(["float", "base64"]).optional(),
  user: z.string().optional(),
});

/** The checked body of `POST /v1/embeddings`. */
export interface EmbeddingsRequest {
  readonly model: string;
  readonly texts: readonly string[];
  readonly dimensions: number;
  readonly encoding: "float" | "base64";
}

const largestDimensions = { "text-embedding-3-large": 3072, other: 1536 } as const;

/** Checks the body of `POST /v1/embeddings`. An array of token numbers is one text, as at OpenAI. */
export function parseEmbeddingsRequest(body: unknown): Checked<EmbeddingsRequest> {
  const parsed = parseBody(embeddingsBodySchema, body);
  if (!parsed.ok) {
    return parsed;
  }
  const { model, input, dimensions, encoding_format: encoding = "float" } = parsed.value;
  const texts = toTexts(input);
  if (texts.length === 0 || texts.includes("")) {
    return refused("Invalid 'input': input cannot be an empty string or an empty array.", { param: "input" });
  }
  if (texts.length > 2048) {
    return refused("Invalid 'input': array too long. Expected an array with maximum length 2048.", { param: "input" });
  }
  if (dimensions !== undefined && model === "text-embedding-ada-002") {
    return refused("This model does not support specifying dimensions.", { param: "dimensions" });
  }
  const largest = model === "text-embedding-3-large" ? largestDimensions[model] : largestDimensions.other;
  if (dimensions !== undefined && dimensions > largest) {
    return refused(`Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${largest}.`, {
      param: "dimensions",
    });
  }
  return passed({ model, texts, dimensions: dimensions ?? largest, encoding });
}

/** The answer of `POST /v1/embeddings`. */
export function createEmbeddings(request: EmbeddingsRequest) {
  const tokens = request.texts.reduce((sum, each) => sum + estimateTokens(each), 0);
  return {
    object: "list",
    data: request.texts.map((each, index) => ({
      object: "embedding",
      index,
      embedding: encode(embed(each, request.dimensions), request.encoding),
    })),
    model: request.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/**
 * A unit vector made of hashes of the text's words: the same text has the same vector in every run, and texts that share
 * words are nearer to each other than texts that share none.
 */
function embed(value: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const words = value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [value];
  for (const word of words) {
    const digest = createHash("sha256").update(word).digest();
    // Several places a word, so that two words that meet in one place are still told apart by the others.
    for (let offset = 0; offset < 20; offset += 5) {
      const place = digest.readUInt32LE(offset) % dimensions;
      vector[place] = (vector[place] ?? 0) + ((digest[offset + 4] ?? 0) % 2 === 0 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector.fill(Math.sqrt(1 / dimensions)) : vector.map((each) => each / length);
}

function toTexts(input: z.infer<typeof embeddingsBodySchema>["input"]): readonly string[] {
  if (typeof input === "string") {
    return [input];
  }
  const isTokens = input.length > 0 && input.every((each) => typeof each === "number");
  return isTokens ? [input.join(" ")] : input.map((each) => (Array.isArray(each) ? each.join(" ") : String(each)));
}

/** OpenAI's base64 is of little-endian 32-bit floats, whatever the machine's own byte order. */
function encode(vector: Float32Array, encoding: "float" | "base64"): readonly number[] | string {
  if (encoding === "float") {
    return Array.from(vector);
  }
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) {
    bytes.writeFloatLE(value, index * 4);
  }
  return bytes.toString("base64");
}
