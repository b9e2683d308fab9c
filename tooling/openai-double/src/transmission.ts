import type { Fault } from "./replies.ts";
import type { ResponseEvent } from "./response-events.ts";

/** One step of writing an answer to a socket. */
export type TransmissionStep =
  | { readonly do: "send"; readonly bytes: Buffer }
  /** Nothing more until the client leaves. */
  | { readonly do: "stall" }
  /** Destroy the socket. */
  | { readonly do: "drop" }
  /** End the answer as if it were whole. */
  | { readonly do: "end" };

/** The steps that send a stream of events, one event a step, with the scripted fault in its place. */
export function transmitEvents(
  events: readonly ResponseEvent[],
  fault: Fault | undefined,
): readonly TransmissionStep[] {
  const whole: readonly TransmissionStep[] = [...events.map(toFrame), doneFrame, { do: "end" }];
  if (fault === undefined) {
    return whole;
  }
  const sent = whole.slice(0, Math.min(fault.afterEvents, events.length));
  const rest = whole.slice(sent.length);
  switch (fault.kind) {
    case "stall":
      return [...sent, { do: "stall" }];
    case "drop":
      return [...sent, { do: "drop" }];
    case "truncate":
      return [...sent, ...(fault.done ? [doneFrame] : []), { do: "end" }];
    case "rubbish":
      return [...sent, ...spoil(rest, fault.what)];
    case "outOfOrder":
      return [...sent, ...disorder(rest, fault.how)];
    case "errorEvent":
      return [...sent, errorFrame(fault, sent.length), { do: "end" }];
  }
}

/** The steps that send a JSON body. A fault that is about events happens in the middle of the body, or at its start. */
export function transmitBody(body: Buffer, fault: Fault | undefined): readonly TransmissionStep[] {
  const half: TransmissionStep = send(body.subarray(0, Math.ceil(body.length / 2)));
  switch (fault?.kind) {
    case "stall":
      return [{ do: "stall" }];
    case "drop":
      return [half, { do: "drop" }];
    case "truncate":
      return [half, { do: "end" }];
    case "rubbish":
      return [send(fault.what === "json" ? Buffer.from('{"id": "resp_') : invalidUtf8(body)), { do: "end" }];
    case "outOfOrder":
    case "errorEvent":
    case undefined:
      return [send(body), { do: "end" }];
  }
}

function send(bytes: Buffer): TransmissionStep {
  return { do: "send", bytes };
}

const doneFrame = send(Buffer.from("data: [DONE]\n\n"));

function toFrame(event: ResponseEvent): TransmissionStep {
  return send(Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
}

function errorFrame(fault: { readonly code: string; readonly message: string }, sequence: number): TransmissionStep {
  const event = { type: "error", code: fault.code, message: fault.message, param: null, sequence_number: sequence };
  return send(Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`));
}

function spoil(steps: readonly TransmissionStep[], what: "json" | "utf8"): readonly TransmissionStep[] {
  const [first, ...rest] = steps;
  if (first?.do !== "send") {
    return steps;
  }
  const spoilt = what === "json" ? Buffer.from('data: {"type": "response.outp\n\n') : invalidUtf8(first.bytes);
  return [send(spoilt), ...rest];
}

/** Puts two bytes that no UTF-8 text contains at the start of a text that a client shows, or of the first string. */
function invalidUtf8(bytes: Buffer): Buffer {
  const openings = ['"delta":"', '"text":"', ':"'].map((opening) => ({ opening, at: bytes.indexOf(opening) }));
  const found = openings.find(({ at }) => at !== -1) ?? { opening: "", at: 0 };
  const start = found.at + found.opening.length;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from([0xff, 0xfe]), bytes.subarray(start)]);
}

function disorder(
  steps: readonly TransmissionStep[],
  how: "swapped" | "repeated" | "lost",
): readonly TransmissionStep[] {
  const [first, second, ...rest] = steps;
  if (first?.do !== "send" || second?.do !== "send") {
    return steps;
  }
  switch (how) {
    case "swapped":
      return [second, first, ...rest];
    case "repeated":
      return [first, first, second, ...rest];
    case "lost":
      return [second, ...rest];
  }
}
