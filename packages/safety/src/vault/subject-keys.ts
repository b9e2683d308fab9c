import { randomBytes } from "node:crypto";

/** The keys of persons. Destroying one makes everything that was sealed with it unreadable, wherever a copy may be. */
export interface SubjectKeys {
  /** The 32 bytes of a subject's key, made where there is none. */
  obtain(subject: string): Promise<Uint8Array>;
  /** The key, or nothing when there is none, or none any more. */
  find(subject: string): Promise<Uint8Array | undefined>;
}

/** Keys of subjects that live in memory. */
export interface InMemorySubjectKeys extends SubjectKeys {
  destroy(subject: string): void;
}

/** Makes subject keys that live in memory: what is sealed with them cannot be read after the process has ended. */
export function createInMemorySubjectKeys(): InMemorySubjectKeys {
  const keys = new Map<string, Uint8Array>();
  return {
    async obtain(subject) {
      const key = keys.get(subject) ?? new Uint8Array(randomBytes(32));
      keys.set(subject, key);
      return key;
    },
    async find(subject) {
      return keys.get(subject);
    },
    destroy(subject) {
      keys.delete(subject);
    },
  };
}
