import type { Detector } from "../detectors/detector.ts";

/** A detector that knows where its matches may still grow when a text comes in pieces. */
export interface StreamedDetector extends Detector {
  /**
   * The first unit of an unfinished text that may belong to a match which only more text decides; the length of the text when
   * there is none. Words at the end that are not yet over need not be counted: they are held back anyway.
   */
  openFrom(text: string): number;
}
