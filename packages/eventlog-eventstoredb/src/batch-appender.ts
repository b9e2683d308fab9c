import { AgentKitError } from "@agentkit/core";
import type { BatchAppendReq, BatchAppendResp } from "@eventstore/db-client/generated/streams_pb.js";
import { randomUUID } from "node:crypto";
import { type AppendAnswer, readAppendAnswer } from "./append-answer.ts";
import type { Connection } from "./connection.ts";
import type { AppendCall } from "./log-client.ts";
import { toLasting, unavailable } from "./log-failure.ts";
import { type ProposedAppend, toBatchAppendRequest } from "./proposed-append.ts";

/** Options of {@link BatchAppender}. */
export interface BatchAppenderOptions {
  readonly connection: Connection;
  /** How long an answer is waited for before the same bytes are sent again. */
  readonly answerTimeoutMs: number;
  /** How long an append is tried in all. */
  readonly giveUpAfterMs: number;
}

/** What an append comes to. The rest of {@link AppendAnswer} is dealt with here. */
export type SettledAppend =
  /** `resent`: it was sent more than once, so that the answer may be to a repetition. */
  | (Extract<AppendAnswer, { kind: "written" }> & { readonly resent: boolean })
  | Extract<AppendAnswer, { kind: "conflict" }>;

/** The most appends that wait. More means that the server does not keep up, and waiting longer helps nobody. */
const maxWaiting = 10_000;

const firstPauseMs = 20;
const longestPauseMs = 1_000;

/** An append that has no answer yet. */
interface PendingAppend {
  readonly request: BatchAppendReq;
  readonly startedAt: number;
  sentAt: number;
  sent: number;
  readonly resolve: (answer: SettledAppend) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends appends on one call and matches the answers, with a deadline of its own. When the call breaks or an answer is
 * overdue, everything without an answer is sent again, in order and byte for byte: at exact revisions the server
 * recognises by its event ids what it had written, so a lost answer costs time and nothing else.
 */
export class BatchAppender {
  readonly #options: BatchAppenderOptions;
  readonly #pending = new Map<string, PendingAppend>();
  #call: AppendCall | undefined;
  #opening = false;
  #generation = 0;
  #pauseMs = firstPauseMs;
  #lastFailure: unknown;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: BatchAppenderOptions) {
    this.#options = options;
  }

  async append(append: ProposedAppend): Promise<SettledAppend> {
    if (this.#pending.size >= maxWaiting) {
      const message = `${maxWaiting} appends wait for the server. Try again later.`;
      throw new AgentKitError("log_unavailable", message, { retryable: true });
    }
    const correlation = randomUUID();
    const request = toBatchAppendRequest(append, correlation);
    return new Promise((resolve, reject) => {
      const now = performance.now();
      const pending = { request, startedAt: now, sentAt: now, sent: 0, resolve, reject };
      this.#pending.set(correlation, pending);
      this.#sweeper ??= setInterval(() => this.#sweep(), Math.max(this.#options.answerTimeoutMs / 4, 5));
      if (this.#call === undefined) void this.#open();
      else this.#send(this.#call, pending);
    });
  }

  /** Opens a call for what waits; never throws. */
  async #open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    while (this.#call === undefined && this.#pending.size > 0) {
      try {
        const { connection } = this.#options;
        this.#generation = connection.generation;
        this.#attach(await connection.openAppends());
      } catch (error) {
        this.#failed(error);
        await this.#pause();
      }
    }
    this.#opening = false;
  }

  #attach(call: AppendCall): void {
    this.#call = call;
    call.on("data", (response: BatchAppendResp) => this.#answered(call, response));
    call.on("error", (error) => this.#lost(call, error));
    call.on("end", () => this.#lost(call, undefined));
    for (const pending of this.#pending.values()) this.#send(call, pending);
  }

  #send(call: AppendCall, pending: PendingAppend): void {
    pending.sentAt = performance.now();
    pending.sent += 1;
    call.write(pending.request);
  }

  #answered(call: AppendCall, response: BatchAppendResp): void {
    this.#pauseMs = firstPauseMs;
    const correlation = response.getCorrelationId()?.getString() ?? "";
    const pending = this.#pending.get(correlation);
    // An answer that comes twice, or after the same append was answered on another call.
    if (pending === undefined) return;
    const answer = readAppendAnswer(response);
    if (answer.kind === "unsettled") {
      this.#lastFailure = answer.reason;
      void this.#sendLater(call, correlation);
      return;
    }
    if (answer.kind === "refused") pending.reject(answer.error);
    else pending.resolve(answer.kind === "written" ? { ...answer, resent: pending.sent > 1 } : answer);
    this.#remove(correlation);
  }

  async #sendLater(call: AppendCall, correlation: string): Promise<void> {
    await this.#pause();
    const pending = this.#pending.get(correlation);
    if (pending !== undefined && this.#call === call) this.#send(call, pending);
  }

  #lost(call: AppendCall, error: unknown): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    this.#failed(error);
    void this.#pause().then(async () => this.#open());
  }

  #failed(error: unknown): void {
    this.#lastFailure = error;
    const lasting = toLasting(error);
    if (lasting === undefined) return;
    for (const [correlation, pending] of this.#pending) {
      pending.reject(lasting);
      this.#remove(correlation);
    }
  }

  /** Ends what was tried for long enough, and a call whose answers are overdue. */
  #sweep(): void {
    const now = performance.now();
    const { answerTimeoutMs, giveUpAfterMs, connection } = this.#options;
    for (const [correlation, pending] of this.#pending) {
      if (now - pending.startedAt < giveUpAfterMs) continue;
      const what = `did not confirm an append for ${giveUpAfterMs} ms; whether it is written is unknown: append the same events again`;
      pending.reject(unavailable(what, this.#lastFailure));
      this.#remove(correlation);
    }
    const call = this.#call;
    if (call === undefined) return;
    for (const { sentAt } of this.#pending.values()) {
      if (now - sentAt < answerTimeoutMs) continue;
      connection.replace(this.#generation);
      this.#lost(call, new Error(`no answer for ${answerTimeoutMs} ms`));
      return;
    }
  }

  #remove(correlation: string): void {
    this.#pending.delete(correlation);
    if (this.#pending.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  async #pause(): Promise<void> {
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(pause * 2, longestPauseMs);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
