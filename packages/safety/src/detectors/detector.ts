import type { Finding } from "./finding.ts";
import type { ScannedText } from "./scanned-text.ts";

/** What a detector may know of where a text comes from. */
export interface DetectionContext {
  /** Whom the text comes from: what is read from the web or a tool is trusted least. */
  readonly source: "system" | "user" | "model" | "tool" | "web";
}

/**
 * Finds something in texts. Pure and synchronous; its time grows with the length of the text and with nothing else, and it
 * throws for no text. What it gives is checked: anything but findings within the text, of its categories and with scores from 0
 * to 1, is a failure, and takes the path that the rule declares.
 */
export interface Detector {
  readonly id: string;
  /** Raised whenever it may find something else in the same text. */
  readonly version: string;
  /** Every category it can report. */
  readonly categories: readonly string[];
  detect(text: ScannedText, context: DetectionContext): readonly Finding[];
}
