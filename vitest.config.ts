import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const repositoryRoot = dirname(fileURLToPath(import.meta.url));

/** One vitest project a workspace package, named as the package, so that `--project @agentkit/core` runs one alone. */
function workspaceProjects() {
  return ["packages", "apps", "tooling", "examples"]
    .map((group) => join(repositoryRoot, group))
    .filter((group) => existsSync(group))
    .flatMap((group) => readdirSync(group).map((name) => join(group, name)))
    .filter((directory) => existsSync(join(directory, "package.json")))
    .map((directory) => ({
      extends: true as const,
      test: {
        name: packageName(directory),
        root: directory,
        include: ["src/**/*.test.ts"],
      },
    }));
}

function packageName(directory: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("name" in manifest)) {
    throw new Error(`${directory}/package.json has no "name"; give the package one.`);
  }
  return String(manifest.name);
}

export default defineConfig({
  test: {
    projects: workspaceProjects(),
    // Every wait in a test is bounded: what takes longer hangs.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    // Two cores are the smallest machine the suite is run on; more workers than cores make timings worse, not better.
    maxWorkers: 2,
  },
});
