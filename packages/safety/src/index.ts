export type { DetectionContext, Detector } from "./detectors/detector.ts";
export type { Finding } from "./detectors/finding.ts";
export type { ScannedText } from "./detectors/scanned-text.ts";
export { scanText } from "./text/scan-text.ts";
