// What `npm start`, `npm test` and `npm run agentkit` run on a fresh clone: plain JavaScript for any Node from 18 on, without dependencies, because
// nothing is installed yet. It brings the pinned pnpm, installs, and hands over to the project's own Node.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
const projectNode = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");
const cli = join(root, "apps", "cli", "dist", "main.js");
const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NO_UPDATE_NOTIFIER: "1" };

const [command, ...rest] = process.argv.slice(2);
let foundPnpm;

if (command === "start") {
  install();
  buildCli();
  handOver([projectNode, cli, "serve", ...rest]);
} else if (command === "agentkit") {
  if (!existsSync(projectNode)) install();
  if (!existsSync(cli)) buildCli();
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
  console.log("Installing dependencies (the first time takes a minute) ...");
  const { status } = spawnSync(parameters[0], parameters.slice(1), options("inherit"));
  if (status !== 0) fail("The installation failed; what pnpm said is above.");
}

function buildCli() {
  runQuietly("Building", [...pnpm(), "exec", "turbo", "run", "build", "--filter=@agentkit/cli..."]);
}

function runQuietly(title, [program, ...parameters]) {
  const started = Date.now();
  const result = spawnSync(program, parameters, { ...options("pipe"), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0) {
    process.stdout.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    fail(`${title} failed${result.error === undefined ? "" : `: ${result.error.message}`}.`);
  }
  console.log(`${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
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
