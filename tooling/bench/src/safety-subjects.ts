import {
  createCustomDetector,
  createDefaultDetectors,
  createRedactor,
  createSecretsDetector,
  createTextStream,
  createUrlDetector,
  defaultSafetyPolicy,
  defineSafetyPolicy,
  type Detector,
  evaluate,
  type SafetyPolicy,
  type ScannedText,
  scanText,
} from "@agentkit/safety";

/** Something that looks at a text. The form in which detectors look at it is made outside the measured time. */
export interface Subject {
  readonly name: string;
  lookAt(text: ScannedText): void;
}

/** The default policy on the detectors that need no other server. */
export function createDefaultPolicy(): SafetyPolicy {
  return defineSafetyPolicy(defaultSafetyPolicy, { detectors: createDefaultDetectors() });
}

/** Every detector by itself, after the form in which all of them look at a text. */
export function createDetectorSubjects(): readonly Subject[] {
  const known = ["correct horse battery staple", "another value that is known", "a-third-one-of-them"];
  const pattern = { rule: "code", category: "company.project_code", pattern: "PRJ-[0-9]{4}|(?:x+x+)+y" };
  const custom = createCustomDetector({ id: "projects", version: "1", patterns: [pattern] });
  return [
    { name: "normalisation", lookAt: ({ original }) => void scanText(original) },
    ...createDefaultDetectors()
      .filter(({ id }) => id !== "urls")
      .map((detector) => toSubject(detector.id, detector)),
    toSubject("urls, with a list of hosts", createUrlDetector({ allowHosts: [".example.org"] })),
    toSubject("secrets, with known values", createSecretsDetector({ known })),
    toSubject("custom, a pattern", custom),
  ];
}

/** What puts the detectors together: the default policy, the redactor, and the guard of a stream. */
export function createPolicySubjects(): readonly Subject[] {
  const policy = createDefaultPolicy();
  const redactor = createRedactor({ policy, key: new Uint8Array(32).fill(7) });
  return [
    toPolicySubject("policy, user_input", (text) => evaluate(policy, text, { surface: "user_input" })),
    toPolicySubject("policy, model_output", (text) => evaluate(policy, text, { surface: "model_output" })),
    toPolicySubject("redactor, a text", (text) => redactor.text(text, { session: "bench" })),
    toPolicySubject("redactor, JSON in a value", (text) =>
      redactor.value({ text: `["${text}"]` }, { session: "bench" }),
    ),
    toPolicySubject("stream, a tenth of the text in pieces", streamTenth),
  ];
}

function toSubject(name: string, detector: Detector): Subject {
  return { name, lookAt: (text) => void detector.detect(text, { source: "web" }) };
}

function toPolicySubject(name: string, lookAt: (text: string) => unknown): Subject {
  return { name, lookAt: ({ original }) => void lookAt(original) };
}

const secrets = createSecretsDetector();
const pieceLength = 20;

/** Each piece is looked at with what is held and remembered, so that a stream costs some hundred times a look at the whole. */
function streamTenth(text: string): void {
  const end = Math.ceil(text.length / 10);
  const stream = createTextStream({
    detectors: [secrets],
    context: { source: "model" },
    action: { kind: "redact", placeholder: ({ category }) => `[[${category}]]` },
  });
  for (let at = 0; at < end; at += pieceLength) stream.push(text.slice(at, at + pieceLength));
  stream.end();
}
