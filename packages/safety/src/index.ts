export type { DetectionContext, Detector } from "./detectors/detector.ts";
export type { Finding } from "./detectors/finding.ts";
export type { ScannedText } from "./detectors/scanned-text.ts";
export { scanText } from "./text/scan-text.ts";
export { createPiiDetector, type PiiDetectorOptions } from "./pii/create-pii-detector.ts";
export type { EntityRecognizer, RecognizeOptions } from "./pii/entity-recognizer.ts";
export { createSecretsDetector } from "./secrets/secrets-detector.ts";
export type { SecretsDetectorOptions } from "./secrets/secrets-detector.ts";
export type { StreamedDetector } from "./stream/streamed-detector.ts";
export { createTextStream } from "./stream/text-stream.ts";
export type { TextRelease, TextStream, TextStreamAction, TextStreamOptions } from "./stream/text-stream.ts";
export { applyRedactions, type RedactedText, withSpans } from "./redaction/apply-redactions.ts";
export type { Redacted } from "./redaction/redacted.ts";
export type { AnswerStream } from "./redaction/answer-stream.ts";
export {
  createRedactor,
  type RedactionReport,
  type RedactionScope,
  type Redactor,
  type RedactorOptions,
} from "./redaction/redactor.ts";
export { createRestorer, type Restorer, type RestorerOptions } from "./redaction/restorer.ts";
export { withRedaction } from "./redaction/with-redaction.ts";
export { defineSafetyPolicy, type PolicyOptions } from "./policy/define-safety-policy.ts";
export { evaluate } from "./policy/evaluate.ts";
export type { Evaluation, EvaluationContext, Redaction } from "./policy/evaluation.ts";
export { parseSafetyPolicy } from "./policy/parse-safety-policy.ts";
export type {
  ActiveRule,
  Band,
  ResolvedRule,
  RestoreRule,
  RuleScope,
  SafetyPolicy,
  SafetyPolicyDefinition,
  SafetyRule,
} from "./policy/safety-policy.ts";
export { createSafety, type SafetyOptions } from "./safety/create-safety.ts";
export type { FailureMode, Surface, Verdict } from "./policy/verdict.ts";
export { createDefaultDetectors, type DefaultDetectorOptions } from "./default-detectors.ts";
export { defaultSafetyPolicy } from "./default-policy.ts";
export type { ActiveOverride } from "./overrides/active-override.ts";
export { grantOverride } from "./overrides/grant-override.ts";
export type { OverrideSource } from "./overrides/override-source.ts";
export {
  createOverrideBook,
  readOverrides,
  recordOverride,
  type RecordOverrideOptions,
} from "./overrides/override-log.ts";
export { evolveOverrides, type OverrideEvent } from "./overrides/override-book.ts";
export { evaluateWithModeration, type ModeratedContext } from "./moderation/evaluate-with-moderation.ts";
export {
  createModerationService,
  type ModerateTextOptions,
  type ModerationOutcome,
  type ModerationService,
  type ModerationServiceOptions,
} from "./moderation/moderation-service.ts";
export { createInMemorySubjectKeys, type InMemorySubjectKeys, type SubjectKeys } from "./vault/subject-keys.ts";
export { createVault, type OpenedValue, type Vault, type VaultOptions, type VaultValue } from "./vault/vault.ts";
export { createInMemoryVaultStore, type VaultEntry, type VaultStore } from "./vault/vault-store.ts";
export { createProfanityDetector, type ProfanityDetectorOptions } from "./profanity/create-profanity-detector.ts";
export type { ProfanityLanguage } from "./profanity/profane-words.ts";
export { createInjectionDetector } from "./injection/create-injection-detector.ts";
export { createUrlDetector, type UrlDetectorOptions } from "./urls/create-url-detector.ts";
export {
  createExfiltrationDetector,
  type ExfiltrationDetectorOptions,
} from "./exfiltration/create-exfiltration-detector.ts";
export { createShapeDetector } from "./shape/create-shape-detector.ts";
export type { ShapeLimits } from "./shape/shape-limits.ts";
export { createCustomDetector, type CustomDetectorOptions, type PatternRule } from "./custom/create-custom-detector.ts";
export { compilePattern, type LinearPattern, type PatternOptions } from "./custom/linear-pattern.ts";
export { backtest, type BacktestOptions } from "./backtest/backtest.ts";
export type {
  BacktestExample,
  BacktestReport,
  PolicyName,
  RuleChanges,
  SurfaceChanges,
} from "./backtest/backtest-report.ts";
export type { Change, ChangeCounts } from "./backtest/change.ts";
export { type Dataset, type DatasetOptions, parseDataset } from "./evaluation/dataset.ts";
export type { LabelledSpan, LabelledText } from "./evaluation/labelled-text.ts";
export { type DetectorReport, evaluateDetectors, type EvaluateOptions } from "./evaluation/evaluate-detectors.ts";
export type { Latency } from "./evaluation/latency.ts";
export type { Score } from "./evaluation/score.ts";
