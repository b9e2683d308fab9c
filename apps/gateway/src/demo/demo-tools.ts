import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineTool, type Tool } from "@agentkit/core";
import { z } from "zod";
import { evaluateArithmetic } from "./arithmetic.ts";
import { createNoteTools } from "./note-tools.ts";

/** What the demo's tools need. */
export interface DemoToolsOptions {
  /** Where notes and the ledger are kept. Nothing is created before a tool writes. */
  readonly dataDirectory: string;
  /** How long a payment takes, half of it before it is in the ledger and half after. Default 4,000 ms. */
  readonly paymentMs?: number;
}

/** The tools of the built-in agent. They work on this machine only; their schemas are the same on every machine. */
export function createDemoTools(options: DemoToolsOptions): readonly Tool[] {
  return [currentTime, calculate, ...createNoteTools(join(options.dataDirectory, "notes")), createPayment(options)];
}

const currentTime = defineTool({
  name: "current_time",
  description: "Tells the date, the time of day and the day of the week in a time zone.",
  input: z.object({ time_zone: z.string().describe("IANA name, such as Europe/Oslo. UTC when not known.") }),
  sideEffects: "none",
  run: ({ time_zone: timeZone }) => describeTime(new Date(), timeZone),
});

function describeTime(now: Date, timeZone: string): string {
  const format = toFormat(timeZone);
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const date = ["year", "month", "day"] as const;
  const time = ["hour", "minute", "second"] as const;
  const pick = (names: readonly Intl.DateTimeFormatPartTypes[], separator: string): string =>
    names.map((name) => parts.get(name) ?? "").join(separator);
  return `${pick(date, "-")} ${pick(time, ":")}, ${parts.get("weekday") ?? ""}, ${timeZone}`;
}

function toFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "long",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch (error) {
    throw new Error(`There is no time zone '${timeZone}'; use an IANA name such as Europe/Oslo.`, { cause: error });
  }
}

const calculate = defineTool({
  name: "calculate",
  description:
    "Evaluates arithmetic: numbers, + - * / % ^, parentheses, pi, e, sqrt, abs, round, min, max, sin, cos, ln.",
  input: z.object({ expression: z.string().min(1).max(500) }),
  sideEffects: "none",
  run: ({ expression }) => String(evaluateArithmetic(expression)),
});

/**
 * A payment that takes a while, made for trying `kill -9`: it is in the ledger half-way through, so a process that dies
 * leaves a call of which nobody can say from the outside whether it took effect. It knows no idempotency, as many services
 * do not, and so its outcome is for a person to find out.
 */
function createPayment({ dataDirectory, paymentMs = 4_000 }: DemoToolsOptions): Tool {
  return defineTool({
    name: "send_payment",
    description: "Sends money. A demonstration: it writes a line into the file ledger.jsonl of the data directory.",
    input: z.object({
      to: z.string().min(1).max(200),
      amount: z.number().positive(),
      currency: z.string().regex(/^[A-Z]{3}$/),
    }),
    sideEffects: "unsafe",
    onUnknownOutcome: "ask",
    run: async ({ to, amount, currency }, { callId, attempt, signal }) => {
      await sleep(paymentMs / 2, undefined, { signal });
      await mkdir(dataDirectory, { recursive: true });
      const line = JSON.stringify({ time: new Date().toISOString(), to, amount, currency, callId, attempt });
      await appendFile(join(dataDirectory, "ledger.jsonl"), `${line}\n`);
      await sleep(paymentMs / 2, undefined, { signal });
      return `Sent ${amount} ${currency} to ${to}.`;
    },
  });
}
