import { statSync } from "node:fs";

/** Tells the file that a path leads to from any other, also from one that took its place. */
export function identify(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.dev} ${stats.ino}`;
}
