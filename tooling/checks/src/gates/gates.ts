/** One check of the repository: a program that ends with exit code 0 when there is nothing to complain about. */
export interface Gate {
  readonly name: string;
  readonly command: readonly [program: string, ...arguments: string[]];
  /** `vitest`: the program is vitest, and every test of it counts; otherwise the gate counts as one check. */
  readonly counts: "one" | "vitest";
  /** A gate that takes longer is stopped and has failed. */
  readonly timeLimitSeconds: number;
}

/** The gates in the order that finds the cheap mistakes first; lint and everything after it read what the build wrote. */
export const gates: readonly Gate[] = [
  one("format", ["oxfmt", "--check"]),
  one("build", ["turbo", "run", "build", "--output-logs=errors-only"]),
  one("typecheck", ["tsc", "-b"]),
  one("lint", ["oxlint"]),
  one("knip", ["knip", "--no-progress"]),
  { name: "unit tests", command: ["vitest", "run"], counts: "vitest", timeLimitSeconds: 900 },
  {
    name: "packed packages",
    command: ["vitest", "run", "--config", "vitest.packed.config.ts"],
    counts: "vitest",
    timeLimitSeconds: 600,
  },
];

function one(name: string, command: Gate["command"]): Gate {
  return { name, command, counts: "one", timeLimitSeconds: 300 };
}
