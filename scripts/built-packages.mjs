// What of this repository the command line is built from, and whether that was built: plain JavaScript for any Node from 18
// on, without dependencies, like scripts/bootstrap.mjs, which uses it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The directories of the command line's package and of those it needs, from this repository. */
export function findBuiltPackages(root) {
  const byName = new Map();
  for (const group of ["packages", "apps"].map((name) => join(root, name)).filter((path) => existsSync(path))) {
    for (const directory of readdirSync(group).map((name) => join(group, name))) {
      const path = join(directory, "package.json");
      if (!existsSync(path)) continue;
      const { name, dependencies = {} } = JSON.parse(readFileSync(path, "utf8"));
      byName.set(name, { directory, dependencies: Object.keys(dependencies) });
    }
  }
  const needed = new Set(["@agentkit/cli"]);
  for (const name of needed) {
    for (const dependency of byName.get(name)?.dependencies ?? []) if (byName.has(dependency)) needed.add(dependency);
  }
  return [...needed].flatMap((name) => byName.get(name)?.directory ?? []);
}

/**
 * Changes with any file that is installed or built from: path, size and time of change, which is quicker than to read them. A build is
 * noted under the signature of before it, so that what changed meanwhile is noticed.
 */
export function toSignature(root, packages) {
  const files = [
    ...["package.json", "pnpm-lock.yaml", "tsconfig.base.json"].map((name) => join(root, name)),
    ...packages.flatMap((directory) => [
      ...["package.json", "tsconfig.json"].map((name) => join(directory, name)),
      ...listSources(directory),
    ]),
  ];
  const hash = createHash("sha256");
  for (const path of files) {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Whether a build under this signature was noted. */
export function isNoted(root, signature) {
  const path = notePath(root);
  return existsSync(path) && readFileSync(path, "utf8") === signature;
}

/** Notes that a build under this signature is there. */
export function note(root, signature) {
  mkdirSync(dirname(notePath(root)), { recursive: true });
  writeFileSync(notePath(root), signature);
}

function notePath(root) {
  return join(root, "node_modules", ".cache", "agentkit", "built");
}

/** Whether there is an output for each source. */
export function isComplete(packages) {
  return packages.every((directory) => {
    const outputOf = (path) => join(directory, "dist", relative(join(directory, "src"), path).replace(/\.ts$/, ".js"));
    return listSources(directory).every((path) => !path.endsWith(".ts") || existsSync(outputOf(path)));
  });
}

/**
 * Has the next build write every output: the compiler writes only those whose sources changed since what is noted here, and
 * does not see that one was removed or spoilt. A build that is not whole would go into turbo's cache as a good one.
 */
export function forgetBuilds(packages) {
  for (const directory of packages) rmSync(join(directory, "dist", ".tsbuildinfo"), { force: true });
}

function listSources(directory) {
  const source = join(directory, "src");
  return existsSync(source) ? listFiles(source) : [];
}

function listFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}
