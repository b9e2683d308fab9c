import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository/repository-root.ts";

// `scripts/bootstrap.mjs` in a copy of the repository where pnpm and the command line only record how they were called.
describe.skipIf(process.platform === "win32")("the bootstrap", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "agentkit-bootstrap-"));
    for (const directory of ["scripts", "bin", "apps/cli/dist", "apps/cli/src", "node_modules/node/bin"]) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    for (const name of ["bootstrap.mjs", "built-packages.mjs"]) {
      copyFileSync(join(repositoryRoot, "scripts", name), join(root, "scripts", name));
    }
    symlinkSync(process.execPath, join(root, "node_modules", "node", "bin", "node"));
    writeFileSync(join(root, "package.json"), JSON.stringify({ packageManager: "pnpm@12.0.0+sha512.abc" }));
    writeFileSync(join(root, "apps", "cli", "package.json"), JSON.stringify({ name: "@agentkit/cli" }));
    writeFileSync(join(root, "apps", "cli", "src", "main.ts"), "");
    fakePnpm("exit 0");
    fakeCommandLine("console.log(JSON.stringify(process.argv.slice(2)));");
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("installs, builds, and starts the server with the arguments it was given", async () => {
    const { exitCode, output } = await ended(bootstrap("start", "--port", "9000"));
    expect(output).toContain(`["serve","--port","9000"]`);
    expect(exitCode).toBe(0);
    expect(calls()).toEqual([
      "--version",
      "install --frozen-lockfile",
      "exec turbo run build --filter=@agentkit/cli...",
    ]);
  });

  it("runs the command line without asking pnpm until something changes, and then builds before", async () => {
    await ended(bootstrap("start"));
    const prepared = calls().length;
    const { exitCode, output } = await ended(bootstrap("agentkit", "sessions", "--json"));
    expect(output).toBe(`["sessions","--json"]\n`);
    expect(exitCode).toBe(0);
    expect(calls()).toHaveLength(prepared);

    writeFileSync(join(root, "apps", "cli", "src", "main.ts"), "// pulled");
    expect((await ended(bootstrap("agentkit"))).output).toContain("Building: done");
    expect(calls().slice(prepared)).toEqual([
      "--version",
      "install --frozen-lockfile",
      "exec turbo run build --filter=@agentkit/cli...",
    ]);
  });

  it("has every output written, and builds past a cache that holds a part of them", async () => {
    const main = join(root, "apps", "cli", "dist", "main.js");
    const buildInfo = join(root, "apps", "cli", "dist", ".tsbuildinfo");
    rmSync(main);
    writeFileSync(buildInfo, "");
    fakePnpm(`case "$*" in
      install*) exit 0;;
      *) [ -e "${buildInfo}" ] && exit 3;;
    esac
    case "$*" in *--force) echo 'console.log("whole")' > "${main}";; esac`);
    const { exitCode, output } = await ended(bootstrap("agentkit"));
    expect(output).toContain("Building anew: done");
    expect(output).toContain("whole");
    expect(exitCode).toBe(0);
  });

  it("tells the command line how it is called", async () => {
    fakeCommandLine("console.log(process.env.AGENTKIT_COMMAND);");
    expect((await ended(bootstrap("agentkit"))).output).toContain("npm run -s agentkit --\n");
  });

  it("passes SIGTERM on to the server and ends as the server ended", async () => {
    fakeCommandLine(`
      process.on("SIGTERM", () => { console.log("closed"); process.exit(7); });
      setInterval(() => {}, 1000);
      console.log("ready");
    `);
    const child = bootstrap("start");
    const end = ended(child);
    child.stdout?.on("data", (chunk: Buffer) => chunk.toString().includes("ready") && child.kill("SIGTERM"));
    const { exitCode, output } = await end;
    expect(output).toContain("closed");
    expect(exitCode).toBe(7);
  });

  it("shows what a failed installation wrote and goes no further", async () => {
    fakePnpm(`if [ "$1" = install ]; then echo "the lockfile is outdated"; exit 1; fi`);
    const { exitCode, output } = await ended(bootstrap("test"));
    expect(exitCode).toBe(1);
    expect(output).toContain("the lockfile is outdated");
    expect(calls()).toEqual(["--version", "install --frozen-lockfile"]);
  });

  it("ends with the exit code of the checks", async () => {
    fakePnpm(`if [ "$1" = exec ]; then echo "3 passed, 1 failed"; exit 5; fi`);
    const { exitCode, output } = await ended(bootstrap("test", "lint"));
    expect(exitCode).toBe(5);
    expect(output.trimEnd().split("\n").at(-1)).toBe("3 passed, 1 failed");
    expect(calls().at(-1)).toMatch(/^exec node .*main\.ts lint$/);
  });

  it("says what it can do when it is asked for something else", async () => {
    const { exitCode, output } = await ended(bootstrap("deploy"));
    expect(exitCode).toBe(1);
    expect(output).toContain(`Unknown command "deploy"; use "npm start", "npm test" or "npm run agentkit".`);
  });

  function fakePnpm(script: string): void {
    const version = `if [ "$1" = --version ]; then echo 12.0.0; exit 0; fi`;
    const file = join(root, "bin", "pnpm");
    writeFileSync(file, `#!/bin/sh\necho "$*" >> "${join(root, "calls")}"\n${version}\n${script}\n`);
    chmodSync(file, 0o755);
  }

  function fakeCommandLine(script: string): void {
    writeFileSync(join(root, "apps", "cli", "dist", "main.js"), script);
  }

  function calls(): readonly string[] {
    const path = join(root, "calls");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  function bootstrap(...parameters: readonly string[]): ChildProcess {
    return spawn(process.execPath, [join(root, "scripts", "bootstrap.mjs"), ...parameters], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: [join(root, "bin"), process.env["PATH"] ?? ""].join(delimiter) },
      timeout: 15_000,
      killSignal: "SIGKILL",
    });
  }
});

async function ended(child: ChildProcess): Promise<{ exitCode: number | null; output: string }> {
  let output = "";
  const read = (chunk: Buffer): void => {
    output += chunk.toString("utf8");
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  await once(child, "close");
  return { exitCode: child.exitCode, output };
}
