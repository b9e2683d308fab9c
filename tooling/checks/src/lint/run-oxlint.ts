import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { repositoryRoot } from "../repository/repository-root.ts";

const reportSchema = z.object({
  diagnostics: z.array(z.object({ code: z.string().optional(), message: z.string(), filename: z.string() })),
});

/** One complaint of the linter. */
export interface LintFinding {
  /** The rule as `.oxlintrc.json` names it, `typescript/no-explicit-any`. */
  readonly rule: string;
  /** Relative to the linted folder. */
  readonly file: string;
}

/** Lints a folder outside the repository with the repository's own configuration. */
export function runOxlint(directory: string): readonly LintFinding[] {
  const bin = join(repositoryRoot, "node_modules", ".bin");
  const result = spawnSync(join(bin, "oxlint"), ["-c", join(repositoryRoot, ".oxlintrc.json"), "-f", "json", "."], {
    cwd: directory,
    encoding: "utf8",
    timeout: 60_000,
    // oxlint finds its type-aware half on the path.
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
  });
  if (!result.stdout.trimStart().startsWith("{")) throw new Error(`oxlint failed: ${result.stdout}${result.stderr}`);
  return reportSchema.parse(JSON.parse(result.stdout)).diagnostics.map(({ code, message, filename }) => ({
    rule: code?.replace("(", "/").replace(")", "") ?? message,
    file: filename,
  }));
}
