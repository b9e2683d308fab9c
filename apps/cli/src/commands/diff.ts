import type { Branch, DiffTurn, SessionDiff, Usage } from "@agentkit/core";
import type { CliCommand } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { findSession } from "../sessions/find-session.ts";
import { defaultWidth, sideBySide, wrapLines } from "../terminal/side-by-side.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `agentkit diff <a> <b>`: where two sessions part, and what each did from there. */
export const diffCommand: CliCommand = {
  syntax: "diff <left> <right>",
  description: "Show where two sessions part and what each answered from there",
  access: "read",
  async perform(context) {
    const { runtime, command, terminal, json } = context;
    const [left = "", right = ""] = command.args;
    const sessions = [await findSession(context, left), await findSession(context, right)] as const;
    const diff = await runtime.kit.diff(...sessions);
    if (json) terminal.json(diff);
    else printDiff(terminal, diff);
    return exitCode.ok;
  },
};

function printDiff(terminal: Terminal, diff: SessionDiff): void {
  const { colors } = terminal;
  const width = terminal.width ?? defaultWidth;
  const { common, left, right } = diff;
  terminal.line(
    common === undefined
      ? "They have no history in common."
      : `They share session ${common.session} up to revision ${common.revision}.`,
  );
  for (const line of sideBySide(left.session, right.session, width)) terminal.line(colors.bold(line));
  printSides(terminal, "defined by", [describeBranch(left), describeBranch(right)]);
  const turns = Math.max(left.turns.length, right.turns.length);
  if (turns === 0) terminal.line("Neither has a turn of its own.");
  for (let index = 0; index < turns; index += 1) printTurns(terminal, index, [left.turns[index], right.turns[index]]);
}

function describeBranch({ agent, model, instructions }: Branch): string {
  const lines = [`agent ${agent ?? "-"}`];
  if (model !== undefined) lines.push(`model ${model}`);
  if (instructions !== undefined) lines.push(`instructions: ${instructions}`);
  return lines.join("\n");
}

type Sides<Value> = readonly [left: Value, right: Value];

function printTurns(terminal: Terminal, index: number, [left, right]: Sides<DiffTurn | undefined>): void {
  const { colors } = terminal;
  const side = (describe: (turn: DiffTurn) => string): Sides<string> => [
    left === undefined ? "" : describe(left),
    right === undefined ? "" : describe(right),
  ];
  terminal.line();
  terminal.line(colors.bold(`turn ${index + 1} from there`));
  printSides(
    terminal,
    "prompt",
    side((turn) => turn.prompt),
  );
  printSides(
    terminal,
    "calls",
    side((turn) => turn.calls.join(", ")),
  );
  printSides(
    terminal,
    "answer",
    side((turn) => turn.answer),
  );
  printSides(
    terminal,
    "ended",
    side((turn) => `${turn.status}, ${describeUsage(turn.usage)}`),
  );
}

function describeUsage({ uncachedInputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: Usage): string {
  return `${uncachedInputTokens + cacheReadTokens + cacheWriteTokens} tokens in, ${outputTokens} out`;
}

function printSides(terminal: Terminal, title: string, [left, right]: Sides<string>): void {
  if (left === "" && right === "") return;
  const { colors } = terminal;
  const width = terminal.width ?? defaultWidth;
  const same = left === right;
  terminal.line(colors.dim(same ? `${title} (the same)` : title));
  for (const line of same ? wrapLines(left, width) : sideBySide(left, right, width)) terminal.line(line);
}
