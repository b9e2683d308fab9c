import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";

/** What one turn took. */
export interface TurnCost {
  readonly milliseconds: number;
  /** What the store holds after the turn; `null` for a store in memory. */
  readonly bytes: number | null;
}

/** A framework in a process of its own, ready to run turns. */
export interface Subject {
  readonly label: string;
  runTurn(): Promise<TurnCost>;
  close(): Promise<void>;
}

const greeting = z.object({ label: z.string() });
const report = z.object({ milliseconds: z.number(), bytes: z.number().nullable() });

/** Starts a subject's program and waits until it is ready. */
export async function startSubject(program: string, args: readonly string[] = []): Promise<Subject> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`${program} ended before it answered.`);
    return JSON.parse(value);
  };
  const { label } = greeting.parse(await next());
  return {
    label,
    async runTurn() {
      child.stdin.write("turn\n");
      return report.parse(await next());
    },
    async close() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
