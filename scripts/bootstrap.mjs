// What `npm start`, `npm test` and `npm run agentkit` run on a fresh clone: plain JavaScript for any Node from 18 on, without dependencies, because
// nothing is installed yet. It brings the pinned pnpm, installs, and hands over to the project's own Node.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBuiltPackages, forgetBuilds, isComplete, isNoted, note, toSignature } from "./built-packages.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
const projectNode = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");
const cli = join(root, "apps", "cli", "dist", "main.js");
const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  NO_UPDATE_NOTIFIER: "1",
  // How a person calls the command line from here, for the commands it tells them to type.
  AGENTKIT_COMMAND: "npm run -s agentkit --",
};

const [command, ...rest] = process.argv.slice(2);
let foundPnpm;

if (command === "start") {
  prepareCli();
  handOver([projectNode, cli, "serve", ...rest]);
} else if (command === "agentkit") {
  if (!isPrepared()) prepareCli();
  handOver([projectNode, cli, ...rest]);
} else if (command === "test") {
  install();
  handOver([...pnpm(), "exec", "node", join(root, "tooling", "checks", "src", "main.ts"), ...rest]);
} else {
  fail(`Unknown command ${JSON.stringify(command)}; use "npm start", "npm test" or "npm run agentkit".`);
}

function pnpm() {
  foundPnpm ??= findPnpm();
  return foundPnpm;
}

/** The pnpm on the path when it is the pinned one, otherwise the pinned one through npx. */
function findPnpm() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = /^pnpm@([^+]+)/.exec(manifest.packageManager)?.[1];
  if (version === undefined) fail(`package.json pins no pnpm: "packageManager" is ${manifest.packageManager}.`);
  const found = spawnSync("pnpm", ["--version"], { cwd: root, encoding: "utf8", shell: windows });
  return found.stdout?.trim() === version ? ["pnpm"] : ["npx", "--yes", `pnpm@${version}`];
}

function install() {
  const parameters = [...pnpm(), "install", "--frozen-lockfile"];
  if (existsSync(projectNode)) {
    runQuietly("Checking dependencies", parameters);
    return;
  }
  console.error("Installing dependencies (the first time takes a minute) ...");
  const { status } = spawnSync(parameters[0], parameters.slice(1), options(["inherit", 2, 2]));
  if (status !== 0) fail("The installation failed; what pnpm said is above.");
}

/** Whether what is installed and built is what the sources say, as `git pull` or an edit may have changed them. */
function isPrepared() {
  if (!existsSync(projectNode) || !existsSync(cli)) return false;
  const packages = findBuiltPackages(root);
  return isNoted(root, toSignature(root, packages)) && isComplete(packages);
}

function prepareCli() {
  const packages = findBuiltPackages(root);
  const signature = toSignature(root, packages);
  install();
  const build = [...pnpm(), "exec", "turbo", "run", "build", "--filter=@agentkit/cli..."];
  forgetBuilds(packages);
  runQuietly("Building", build);
  if (!isComplete(packages)) {
    // Turbo's cache holds a build that was not whole.
    forgetBuilds(packages);
    runQuietly("Building anew", [...build, "--force"]);
  }
  note(root, signature);
}

// Standard output is for what the program that follows says: `npm run -s agentkit -- sessions --json` goes into a pipe.
function runQuietly(title, [program, ...parameters]) {
  const started = Date.now();
  const result = spawnSync(program, parameters, { ...options("pipe"), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    fail(`${title} failed${result.error === undefined ? "" : `: ${result.error.message}`}.`);
  }
  console.error(`${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/**
 * Runs a program in this one's place: signals reach all that it started, and this process ends as it ended.
 *
 * The program leads a process group of its own, because npx and pnpm, which may stand in between, pass no signal on. The
 * terminal's Ctrl-C therefore comes here only, and is passed on like any other signal.
 */
function handOver([program, ...parameters]) {
  const child = spawn(program, parameters, { ...options("inherit"), detached: !windows });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () =>
      windows || child.pid === undefined ? child.kill(signal) : process.kill(-child.pid, signal),
    );
  }
  child.on("error", (error) => fail(`${program} could not be started: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function options(stdio) {
  return { cwd: root, stdio, env: environment, shell: windows };
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
