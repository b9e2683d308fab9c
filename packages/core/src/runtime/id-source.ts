/** Where new ids come from: sessions, runs, writers. */
export interface IdSource {
  /** 24 lower-case hexadecimal digits, never the same twice. */
  next(): string;
}

/** Ids from the platform's secure random numbers: 96 bits each. */
export const systemIds: IdSource = {
  next: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
};
