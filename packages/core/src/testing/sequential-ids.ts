import type { IdSource } from "../runtime/id-source.ts";

/** Ids that count up, the same in every run of a test: 24 hexadecimal digits that begin with the seed. */
export function sequentialIds(seed: string = "a"): IdSource {
  let count = 0;
  return {
    next() {
      count += 1;
      return seed + count.toString(16).padStart(24 - seed.length, "0");
    },
  };
}
