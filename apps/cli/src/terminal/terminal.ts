import type { WriteStream } from "node:tty";
import pc from "picocolors";

/** The colours of picocolors. */
export type Colors = ReturnType<typeof pc.createColors>;

/** Where a command writes. */
export interface Terminal {
  readonly colors: Colors;
  /** Columns; `undefined` when the output is no terminal, and so has no width. */
  readonly width: number | undefined;
  /** Writes to standard output as it is. */
  write(text: string): void;
  /** Writes a line to standard output. */
  line(text?: string): void;
  /** Writes one JSON document on one line to standard output. */
  json(value: unknown): void;
  /** Writes a line to standard error: what is not part of the answer. */
  note(text: string): void;
}

/** The streams a terminal is made of. */
export interface TerminalStreams {
  readonly stdout: Pick<WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns">>;
  readonly stderr: Pick<WriteStream, "write">;
  /** Turns colours on; otherwise they are off. */
  readonly color: boolean;
}

/** Makes a terminal of streams. */
export function createTerminal({ stdout, stderr, color }: TerminalStreams): Terminal {
  const line = (text = ""): void => void stdout.write(`${text}\n`);
  return {
    colors: pc.createColors(color),
    width: stdout.isTTY === true ? stdout.columns : undefined,
    write: (text) => void stdout.write(text),
    line,
    json: (value) => line(JSON.stringify(value)),
    note: (text) => void stderr.write(`${text}\n`),
  };
}
