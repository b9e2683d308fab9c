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
  const sealValue = async ({ value, ...place }: VaultValue): Promise<VaultEntry> =>
    seal(value, place, await keys.obtain(place.subject));
  return {
    keep(value) {
      pending.set(toKey(value), value);
    },
    get isPending() {
      return pending.size > 0;
    },
    async flush() {
      const values = [...pending.entries()];
      if (values.length === 0) return;
      await store.put(await Promise.all(values.map(async ([, value]) => sealValue(value))));
      // A value taken meanwhile under the same key waits for its own turn.
      for (const [key, value] of values) if (pending.get(key) === value) pending.delete(key);
    },
    async open(session, placeholder) {
      const taken = pending.get(toKey({ session, placeholder }));
      if (taken !== undefined) return { value: taken.value, category: taken.category };
      const entry = await store.get(session, placeholder);
      const key = entry && (await keys.find(entry.subject));
      const value = entry && key && unseal(entry, key);
      return entry === undefined || value === undefined ? undefined : { value, category: entry.category };
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
