import { setTimeout as sleep } from "node:timers/promises";

/** Which calls a fault meets. `subscribe` is a read that goes on. */
export type FaultPlace = "append" | "delete" | "read" | "subscribe" | "features" | "gossip";

/** What goes wrong. */
export type FaultKind =
  /** The answer comes `ms` later; of a read, each event. */
  | { readonly how: "delay"; readonly ms: number }
  /** No answer, ever. */
  | { readonly how: "hang" }
  /** The connection is destroyed before anything is done. */
  | { readonly how: "drop" }
  /** An append or a deletion is committed, then the connection is destroyed before the answer. */
  | { readonly how: "dropAfterCommit" }
  /** A read's connection is destroyed after so many events. */
  | { readonly how: "dropAfter"; readonly events: number }
  /** Each answer or event is sent twice. */
  | { readonly how: "repeat" }
  /** A call is answered UNAVAILABLE. */
  | { readonly how: "refuse" }
  /** A call is answered UNAUTHENTICATED. */
  | { readonly how: "deny" }
  /** A call is answered "I am not the leader, that one is". */
  | { readonly how: "notLeader"; readonly host: string; readonly port: number };

/** A fault, where it strikes, and how often. */
export type Fault = FaultKind & { readonly at: FaultPlace; /** Default 1. */ readonly times?: number };

/** The faults that are still to come. */
export class Faults {
  readonly #waiting: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** The fault that meets this call, if there is one. Each is met so many times and then gone. */
  take(at: FaultPlace): Fault | undefined {
    const index = this.#waiting.findIndex(({ fault }) => fault.at === at);
    const entry = this.#waiting[index];
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left === 0) this.#waiting.splice(index, 1);
    return entry.fault;
  }
}

/** Waits as a delay says; any other fault does not wait. */
export async function delayed(fault: Fault | undefined): Promise<void> {
  if (fault?.how === "delay") await sleep(fault.ms);
}
