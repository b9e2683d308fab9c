import { createInterface } from "node:readline";

/** What every subject of the benchmark is asked and answers: about 200 characters each. */
export function question(turn: number): string {
  return `Question ${turn}: what is the weather like in city number ${turn}? ${"Please look it up. ".repeat(7)}`;
}

/** What the tool of every subject returns. */
export function toolResult(turn: number): string {
  return `City ${turn}: ${"sunny, 21 degrees, light wind from the west; ".repeat(4)}`;
}

/** What the model of every subject answers in the end. */
export function answer(turn: number): string {
  return `Answer ${turn}: ${"it is sunny with 21 degrees and a light wind. ".repeat(4)}`;
}

/** A subject: how it runs a turn, and what its store holds (`null` for a store in memory). */
export interface TurnServer {
  readonly label: string;
  runTurn(turn: number): Promise<void>;
  storedBytes(): number | null;
}

/** Runs one turn for each line on standard input, and prints what it took. */
export async function serveTurns(server: TurnServer): Promise<void> {
  print({ label: server.label });
  let turn = 0;
  for await (const _line of createInterface({ input: process.stdin })) {
    turn += 1;
    const started = performance.now();
    await server.runTurn(turn);
    print({ milliseconds: performance.now() - started, bytes: server.storedBytes() });
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
