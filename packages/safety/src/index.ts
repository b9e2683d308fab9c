export type { DetectionContext, Detector } from "./detectors/detector.ts";
export type { Finding } from "./detectors/finding.ts";
export type { ScannedText } from "./detectors/scanned-text.ts";
export { scanText } from "./text/scan-text.ts";
export { createPiiDetector, type PiiDetectorOptions } from "./pii/create-pii-detector.ts";
export type { EntityRecognizer, RecognizeOptions } from "./pii/entity-recognizer.ts";
