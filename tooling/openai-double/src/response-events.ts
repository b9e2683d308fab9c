import type OpenAI from "openai";
import type { FunctionCallItem, OutputItem, OutputMessage, ReasoningItem, ResponseObject } from "./response-object.ts";

type WithWireResponse<E> = E extends { response: unknown } ? Omit<E, "response"> & { response: ResponseObject } : E;

/** An event of a response's stream: what the SDK types, with the response as it is on the wire. */
export type ResponseEvent = WithWireResponse<OpenAI.Responses.ResponseStreamEvent>;

type Unnumbered<E> = E extends unknown ? Omit<E, "sequence_number"> : never;
type EventBody = Unnumbered<ResponseEvent>;

/** The events of a response's stream, in OpenAI's order, with sequence numbers from 0 without a gap. */
export function toResponseEvents(started: ResponseObject, finished: ResponseObject): readonly ResponseEvent[] {
  const bodies: readonly EventBody[] = [
    { type: "response.created", response: started },
    { type: "response.in_progress", response: started },
    ...finished.output.flatMap((item, outputIndex) => itemEvents(item, outputIndex)),
    terminalEvent(finished),
  ];
  return bodies.map((body, sequence) => Object.assign(body, { sequence_number: sequence }));
}

function terminalEvent(response: ResponseObject): EventBody {
  switch (response.status) {
    case "failed":
      return { type: "response.failed", response };
    case "incomplete":
      return { type: "response.incomplete", response };
    case "completed":
    case "in_progress":
      return { type: "response.completed", response };
  }
}

function itemEvents(item: OutputItem, outputIndex: number): readonly EventBody[] {
  switch (item.type) {
    case "message":
      return [
        {
          type: "response.output_item.added",
          output_index: outputIndex,
          item: { ...item, status: "in_progress", content: [] },
        },
        ...messageEvents(item, outputIndex),
        { type: "response.output_item.done", output_index: outputIndex, item },
      ];
    case "function_call":
      return [
        {
          type: "response.output_item.added",
          output_index: outputIndex,
          item: { ...item, status: "in_progress", arguments: "" },
        },
        ...functionCallEvents(item, outputIndex),
        { type: "response.output_item.done", output_index: outputIndex, item },
      ];
    case "reasoning":
      return [
        { type: "response.output_item.added", output_index: outputIndex, item: { ...item, summary: [] } },
        ...reasoningEvents(item, outputIndex),
        { type: "response.output_item.done", output_index: outputIndex, item },
      ];
  }
}

function messageEvents(item: OutputMessage, outputIndex: number): readonly EventBody[] {
  return item.content.flatMap((part, contentIndex): readonly EventBody[] => {
    const place = { item_id: item.id, output_index: outputIndex, content_index: contentIndex };
    if (part.type === "refusal") {
      return [
        { type: "response.content_part.added", ...place, part: { ...part, refusal: "" } },
        ...toDeltas(part.refusal).map((delta): EventBody => ({ type: "response.refusal.delta", ...place, delta })),
        { type: "response.refusal.done", ...place, refusal: part.refusal },
        { type: "response.content_part.done", ...place, part },
      ];
    }
    return [
      { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
      ...toDeltas(part.text).map((delta): EventBody => ({
        type: "response.output_text.delta",
        ...place,
        delta,
        logprobs: [],
      })),
      { type: "response.output_text.done", ...place, text: part.text, logprobs: [] },
      { type: "response.content_part.done", ...place, part },
    ];
  });
}

function functionCallEvents(item: FunctionCallItem, outputIndex: number): readonly EventBody[] {
  const place = { item_id: item.id, output_index: outputIndex };
  return [
    ...toDeltas(item.arguments).map((delta): EventBody => ({
      type: "response.function_call_arguments.delta",
      ...place,
      delta,
    })),
    { type: "response.function_call_arguments.done", ...place, arguments: item.arguments },
  ];
}

function reasoningEvents(item: ReasoningItem, outputIndex: number): readonly EventBody[] {
  return item.summary.flatMap((part, summaryIndex): readonly EventBody[] => {
    const place = { item_id: item.id, output_index: outputIndex, summary_index: summaryIndex };
    return [
      { type: "response.reasoning_summary_part.added", ...place, part: { ...part, text: "" } },
      ...toDeltas(part.text).map((delta): EventBody => ({
        type: "response.reasoning_summary_text.delta",
        ...place,
        delta,
      })),
      { type: "response.reasoning_summary_text.done", ...place, text: part.text },
      { type: "response.reasoning_summary_part.done", ...place, part },
    ];
  });
}

const DELTA_CHARACTERS = 6;

/** Cuts a text into deltas, never inside a code point: each delta is valid Unicode by itself, as at OpenAI. */
function toDeltas(value: string): readonly string[] {
  const characters = Array.from(value);
  const count = Math.ceil(characters.length / DELTA_CHARACTERS);
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * DELTA_CHARACTERS, (index + 1) * DELTA_CHARACTERS).join(""),
  );
}
