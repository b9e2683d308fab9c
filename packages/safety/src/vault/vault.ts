import { createSecretKey, type KeyObject } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { seal, unseal } from "./seal.ts";
import type { SubjectKeys } from "./subject-keys.ts";
import type { VaultEntry, VaultStore } from "./vault-store.ts";

/** A value to keep. */
export interface VaultValue extends Omit<VaultEntry, "sealed"> {
  readonly value: string;
}

/** A value that was found again. */
export interface OpenedValue {
  readonly value: string;
  readonly category: string;
}

/** Keeps what was redacted, for whoever may see it later. */
export interface Vault {
  /** Takes a value. It is in clear in memory until the next `flush`, and can be opened at once. */
  keep(value: VaultValue): void;
  /** Whether a value was taken that is not in the store yet. */
  readonly isPending: boolean;
  /** Seals what was taken and puts it into the store. What could not be put is tried again at the next call. */
  flush(): Promise<void>;
  /** The value of a placeholder; nothing when there is none, or its subject's key was destroyed. */
  open(session: string, placeholder: string): Promise<OpenedValue | undefined>;
  /** The values of placeholders, by these: as `open`, and much faster for many. */
  openAll(session: string, placeholders: Iterable<string>): Promise<ReadonlyMap<string, OpenedValue>>;
  /** Deletes what is kept of a subject. */
  forget(subject: string): Promise<void>;
}

/** What a vault is made of. */
export interface VaultOptions {
  readonly store: VaultStore;
  readonly keys: SubjectKeys;
}

/**
 * Makes a vault: values under the keys of the persons they are about (AES-256-GCM).
 *
 * @see NIST SP 800-38D (GCM)
 * @example
 * ```ts
 * import { createInMemorySubjectKeys, createInMemoryVaultStore, createVault } from "@agentkit/safety";
 *
 * const vault = createVault({ store: createInMemoryVaultStore(), keys: createInMemorySubjectKeys() });
 * const place = { session: "a1", placeholder: "[[PII:EMAIL:0123456789ab]]", subject: "ada", category: "pii.email" };
 * vault.keep({ ...place, value: "ada@example.org" });
 * await vault.flush();
 * console.log((await vault.open("a1", place.placeholder))?.value); // ada@example.org
 * ```
 */
export function createVault({ store, keys }: VaultOptions): Vault {
  const pending = new Map<string, VaultValue>();
  const openOne = async (session: string, placeholder: string, keyOf: KeyOf): Promise<OpenedValue | undefined> => {
    const taken = pending.get(toKey({ session, placeholder }));
    if (taken !== undefined) return { value: taken.value, category: taken.category };
    const entry = await store.get(session, placeholder);
    const key = entry && (await keyOf(entry.subject));
    const value = entry && key && unseal(entry, key);
    return entry === undefined || value === undefined ? undefined : { value, category: entry.category };
  };
  const find = (): KeyOf =>
    onceEach(async (subject) => {
      const key = await keys.find(subject);
      return key && createSecretKey(key);
    });
  return {
    keep(value) {
      pending.set(toKey(value), value);
    },
    get isPending() {
      return pending.size > 0;
    },
    async flush() {
      const obtain = onceEach(async (subject) => createSecretKey(await keys.obtain(subject)));
      await inBatches([...pending], async (batch) => {
        const sealed = batch.map(async ([, { value, ...place }]) => seal(value, place, await obtain(place.subject)));
        await store.put(await Promise.all(sealed));
        // A value taken meanwhile under the same key waits for its own turn.
        for (const [key, value] of batch) if (pending.get(key) === value) pending.delete(key);
      });
    },
    open: (session, placeholder) => openOne(session, placeholder, find()),
    async openAll(session, placeholders) {
      const opened = new Map<string, OpenedValue>();
      await inBatches([...new Set(placeholders)], async (batch) => {
        // Anew for each batch: a key may be destroyed in between.
        const keyOf = find();
        const values = await Promise.all(batch.map(async (placeholder) => openOne(session, placeholder, keyOf)));
        for (const [index, placeholder] of batch.entries()) {
          const value = values[index];
          if (value !== undefined) opened.set(placeholder, value);
        }
      });
      return opened;
    },
    async forget(subject) {
      for (const [key, value] of pending) if (value.subject === subject) pending.delete(key);
      await store.deleteSubject(subject);
    },
  };
}

function toKey({ session, placeholder }: Pick<VaultValue, "session" | "placeholder">): string {
  return `${session} ${placeholder}`;
}

type KeyOf = (subject: string) => Promise<KeyObject | undefined>;

/** Asks for each subject's key once, and is kept no longer than a batch of what it opens takes: keys are destroyed. */
function onceEach<Key>(ask: (subject: string) => Promise<Key>): (subject: string) => Promise<Key> {
  const known = new Map<string, Promise<Key>>();
  return (subject) => {
    const key = known.get(subject) ?? ask(subject);
    known.set(subject, key);
    return key;
  };
}

/** As many as take some hundredths of a second. */
const batchSize = 4_000;

/** Does something for many, and lets others have their turn in between. */
async function inBatches<Member>(
  members: readonly Member[],
  work: (batch: readonly Member[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < members.length; start += batchSize) {
    if (start > 0) await setImmediate();
    await work(members.slice(start, start + batchSize));
  }
}
