import { type EventData, isFunctionCall, type RecordedEvent, type RunResult, type RunStream } from "@agentkit/core";
import type { CommandContext } from "../command.ts";
import { describeHandoff } from "./describe-agent-event.ts";
import { describeDecision } from "./describe-safety-event.ts";
import { createCallMask, type MaskCall } from "./mask-calls.ts";
import { toOneLine, toPlainText } from "../terminal/plain-text.ts";

/** Drives a run to its end and, for a person, prints the answer as it comes with the tool calls between. */
export async function streamRun({ terminal, runtime, json }: CommandContext, stream: RunStream): Promise<RunResult> {
  const { colors } = terminal;
  const mask = createCallMask(runtime);
  let inLine = false;

  function printLine(text: string | undefined): void {
    if (text === undefined) return;
    if (inLine) terminal.line();
    inLine = false;
    terminal.line(colors.dim(text));
  }

  for await (const part of stream) {
    if (json) continue;
    if (part.type === "event") {
      for (const text of describeCalls(part.event, mask)) printLine(text);
    } else if (part.delta.type === "text.delta" || part.delta.type === "refusal.delta") {
      terminal.write(toPlainText(part.delta.delta));
      inLine = true;
    }
  }
  if (inLine) terminal.line();
  return runtime.kit.result(stream.session, stream.run);
}

function describeCalls(event: RecordedEvent, mask: MaskCall): readonly string[] {
  switch (event.type) {
    case "ModelCallCompleted":
      return event.data.output
        .filter(isFunctionCall)
        .map((call) => `→ ${call.name}(${toOneLine(mask(call.name, call.arguments))})`);
    case "ToolCallSucceeded":
      return [`← ${toOneLine(event.data.output)}`];
    case "ToolCallFailed":
    case "ToolCallDenied":
      return [`← ${event.data.code}: ${toOneLine(event.data.message)}`];
    case "ModelCallFailed":
      return [`model: ${event.data.code}: ${toOneLine(event.data.message)}`];
    case "HandoffDecided":
      return [`⇒ ${toOneLine(describeHandoff(event.data))}`];
    case "SubRunStarted":
      return [`↓ ${event.data.agent}, in session ${event.data.session}`];
    case "ModerationDecided":
      return isTold(event.data) ? [`! ${describeDecision(event.data)}`] : [];
    case "SubRunCompleted":
      return [`↑ ${event.data.status}, in session ${event.data.session}`];
    default:
      return [];
  }
}

/** What is only marked, and what is taken out on the way to the log, says nothing to who waits for an answer. */
function isTold({ mode, verdict, surface }: EventData<"ModerationDecided">): boolean {
  return mode === "enforce" && surface !== "append" && verdict !== "allow" && verdict !== "flag";
}
