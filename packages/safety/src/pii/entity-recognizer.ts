import type { Finding } from "../detectors/finding.ts";

/** Options of {@link EntityRecognizer.recognize}. */
export interface RecognizeOptions {
  /** BCP 47 tag of the text's language, where the caller knows it. */
  readonly language?: string;
  readonly signal?: AbortSignal;
}

/**
 * Finds personal data that only a model can see: names of people, addresses. It is asynchronous and optional: none is there
 * by default, and a policy says what happens when it fails.
 *
 * An implementation gives findings of the categories it declares, with offsets in UTF-16 units of the text it was given and
 * in their order; it gives up when the signal is aborted, and rejects with an `AgentKitError` when it cannot answer. It never puts the text, or a
 * part of it, into an error.
 */
export interface EntityRecognizer {
  readonly id: string;
  readonly version: string;
  /** Every category it can report: `pii.person`, `pii.address`. */
  readonly categories: readonly string[];
  recognize(text: string, options?: RecognizeOptions): Promise<readonly Finding[]>;
}
