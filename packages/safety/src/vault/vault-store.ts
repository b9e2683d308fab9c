/** A value that was redacted, as it is kept: what it is can be read with its subject's key only. */
export interface VaultEntry {
  /** The session in which the placeholder means this value. */
  readonly session: string;
  readonly placeholder: string;
  /** The person the value is about: whose key it is sealed with. */
  readonly subject: string;
  readonly category: string;
  /** AES-256-GCM: 12 bytes of nonce, the ciphertext, 16 bytes of tag, in base64. */
  readonly sealed: string;
}

/**
 * Keeps sealed values. An implementation keeps an entry before `put` resolves, and puts one that is there already in its
 * place (it is the same value, sealed anew). It sees no value in clear.
 */
export interface VaultStore {
  put(entries: readonly VaultEntry[]): Promise<void>;
  get(session: string, placeholder: string): Promise<VaultEntry | undefined>;
  /** Deletes what is kept of a subject. The subject's key is destroyed by whoever keeps the keys. */
  deleteSubject(subject: string): Promise<void>;
}

/** Makes a vault store that lives in memory. */
export function createInMemoryVaultStore(): VaultStore {
  const entries = new Map<string, VaultEntry>();
  return {
    async put(added) {
      for (const entry of added) entries.set(toKey(entry.session, entry.placeholder), entry);
    },
    async get(session, placeholder) {
      return entries.get(toKey(session, placeholder));
    },
    async deleteSubject(subject) {
      for (const [key, entry] of entries) if (entry.subject === subject) entries.delete(key);
    },
  };
}

function toKey(session: string, placeholder: string): string {
  return `${session} ${placeholder}`;
}
