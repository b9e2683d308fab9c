import { isCaughtUp, type StoredEvent, toSessionStream } from "@agentkit/core";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { createEventDescriber } from "../sessions/describe-event.ts";
import { findSession } from "../sessions/find-session.ts";
import { createCallMask, createEventMask } from "../sessions/mask-calls.ts";
import { printDemo } from "../sessions/print-demo.ts";
import { toOneLine, toPlainText, truncate } from "../terminal/plain-text.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface EventsFlags {
  readonly follow?: true;
  readonly full?: true;
}

/** `agentkit events <session>`: the session's events; for programs as they stand in the log. */
export const eventsCommand: CliCommand = {
  syntax: "events <session>",
  description: "Show a session's events; with --json as they stand in the log, with nothing hidden",
  access: "read",
  configure: (command) => {
    command
      .option("-f, --follow", "go on with events as they are appended, until interrupted")
      .option("--full", "show each event's data whole");
  },
  async perform(context) {
    const { runtime, command } = context;
    const { follow, full } = command.opts<EventsFlags>();
    const session = await findSession(context, command.args[0] ?? "");
    printDemo(context);
    const print = createPrinter(context, full === true);
    const stream = toSessionStream(session);
    if (follow === true) await followStream(context, stream, print);
    else for await (const event of runtime.log.readStream(stream)) print(event);
    return exitCode.ok;
  },
};

type Print = (event: StoredEvent) => void;

async function followStream({ runtime }: CommandContext, stream: string, print: Print): Promise<void> {
  const signal = stopSignal();
  try {
    for await (const message of runtime.log.subscribe({ filter: { streamPrefix: stream }, signal })) {
      // The filter lets through every stream whose name begins so.
      if (!isCaughtUp(message) && message.stream === stream) print(message);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Widths that hold every type and thousands of events, because rows are printed as they come. */
const columns = { revision: 5, type: 22 };

function createPrinter({ terminal, runtime, json }: CommandContext, full: boolean): Print {
  if (json) return (event) => terminal.json(event);
  const { colors } = terminal;
  const describeEvent = createEventDescriber();
  const maskEvent = createEventMask(createCallMask(runtime));
  terminal.line(colors.dim(`${"REV".padStart(columns.revision)}  TIME          ${"TYPE".padEnd(columns.type)}  WHAT`));
  const room = (terminal.width ?? Number.POSITIVE_INFINITY) - columns.revision - columns.type - 18;
  return (stored) => {
    const event = maskEvent(stored);
    const revision = String(event.revision).padStart(columns.revision);
    const time = colors.dim(event.time.slice(11, 23));
    const type = paintType(event.type, terminal)(event.type.padEnd(columns.type));
    const what = full ? "" : truncate(toOneLine(describeEvent(event)), Math.max(20, room));
    terminal.line(`${revision}  ${time}  ${type}  ${what}`.trimEnd());
    if (full) terminal.line(toPlainText(indent(JSON.stringify(event.data, undefined, 2))));
  };
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, " ".repeat(columns.revision + 2));
}

function paintType(type: string, { colors }: CommandContext["terminal"]): (text: string) => string {
  if (/Failed|Denied|Cancelled|Refused|Voided/.test(type)) return colors.red;
  if (/Unknown|Suspended|ApprovalRequested/.test(type)) return colors.yellow;
  if (type.startsWith("ToolCall")) return colors.magenta;
  if (type.startsWith("ModelCall")) return colors.blue;
  return colors.cyan;
}
