import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { startEventStoreDBDouble, type EventStoreDBDouble } from "@agentkit/eventstoredb-double";
import { startOpenAIDouble, type OpenAIDouble } from "@agentkit/openai-double";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readmeProgram, type ReadmeProgram } from "../readme/readme-program.ts";
import { publishedPackages } from "../repository/published-packages.ts";
import { repositoryRoot } from "../repository/repository-root.ts";
import type { WorkspacePackage } from "../repository/workspace.ts";
import { checkTypes, lintTarball } from "./check-tarball.ts";
import { createEmptyProject } from "./empty-project.ts";
import { runProgram } from "../processes/run-program.ts";

const published = publishedPackages();
const tarballs = new Map<string, string>();
let workplace: string;
let double: OpenAIDouble;
let eventStore: EventStoreDBDouble;

beforeAll(async () => {
  workplace = await mkdtemp(join(tmpdir(), "agentkit-packed-"));
  double = await startOpenAIDouble({ apiKey: "test" });
  eventStore = await startEventStoreDBDouble();
  for (const member of published) tarballs.set(member.name, await pack(member));
});

afterAll(async () => {
  await double.close();
  await eventStore.close();
  await rm(workplace, { recursive: true, force: true });
});

describe.each(published)("$name", (member) => {
  const project = (): string => join(workplace, member.folder);

  it("passes publint", async () => {
    expect(await lintTarball(member, await readTarball(member))).toEqual([]);
  });

  it("has the right types for every way of importing it", async () => {
    expect(await checkTypes(await readTarball(member))).toEqual([]);
  });

  it("is installed by npm into an empty project, with its licence and without its tests", async () => {
    const directory = project();
    const options = { member, published, tarballs, directory, environment: installerEnvironment(directory) };
    const { exitCode, output } = await createEmptyProject(options);
    expect(exitCode, output).toBe(0);
    const installed = join(directory, "node_modules", member.name);
    expect(["LICENSE", "README.md", "dist/index.js"].filter((path) => !existsSync(join(installed, path)))).toEqual([]);
    expect(await contents(member)).not.toMatch(/\.test\.|tsbuildinfo/);
  });

  it("type-checks its README's first program there", async () => {
    const { language, source } = await program(member);
    // A command's program is a shell script; its types are those of its surface.
    const text = language === "ts" ? source : `export * from "${member.name}";\n`;
    await writeFile(join(project(), "program.ts"), text);
    const { exitCode, output } = await inProject(project(), ["tsc", "-p", "."]);
    expect(exitCode, output).toBe(0);
  });

  it("runs its README's first program there", async () => {
    const { language, server, source } = await program(member);
    const file = `program.${language}`;
    await writeFile(join(project(), file), source);
    const result = await inProject(project(), language === "ts" ? ["node", file] : ["bash", "-eu", file], server);
    // A server that only ends by the signal, or whose shell does, has ended as it was told to.
    const ended = result.exitCode === 0 || (server && (result.signal === "SIGTERM" || result.exitCode === 143));
    expect(ended, `${JSON.stringify(result.exitCode ?? result.signal)}\n${result.output}`).toBe(true);
    expect(result.output.trim()).not.toBe("");
  });
});

async function pack(member: WorkspacePackage): Promise<string> {
  const { exitCode, output } = await runProgram({
    command: ["pnpm", "pack", "--pack-destination", workplace],
    directory: member.directory,
    environment: installerEnvironment(member.directory),
    timeLimitSeconds: 60,
  });
  if (exitCode !== 0) throw new Error(`pnpm could not pack ${member.name}; run this through pnpm.\n${output}`);
  return join(workplace, `${member.name.slice(1).replace("/", "-")}-${member.manifest.version}.tgz`);
}

async function readTarball({ name }: WorkspacePackage): Promise<Buffer> {
  return readFile(tarballs.get(name) ?? name);
}

async function contents({ name }: WorkspacePackage): Promise<string> {
  const command = ["tar", "tzf", tarballs.get(name) ?? name] as const;
  return (
    await runProgram({
      command,
      directory: workplace,
      environment: programEnvironment(workplace),
      timeLimitSeconds: 30,
    })
  ).output;
}

async function program({ name, directory }: WorkspacePackage): Promise<ReadmeProgram> {
  const found = readmeProgram(await readFile(join(directory, "README.md"), "utf8"));
  if (found === undefined) throw new Error(`${name}/README.md has no program; start it with a ts or sh block.`);
  return found;
}

function inProject(
  directory: string,
  command: readonly [string, ...string[]],
  server = false,
): ReturnType<typeof runProgram> {
  return runProgram({
    command,
    directory,
    environment: programEnvironment(directory),
    timeLimitSeconds: 60,
    ...(server ? { stopWhen: /https?:\/\/\S+/ } : {}),
  });
}

/** What npm and pnpm get: all that says how this machine reaches the registry. */
function installerEnvironment(directory: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH: commandPath(directory) };
}

/** What a program gets, and nothing of the workspace's own: servers that are only on this machine. */
function programEnvironment(directory: string): NodeJS.ProcessEnv {
  return {
    PATH: commandPath(directory),
    HOME: directory,
    OPENAI_BASE_URL: double.url,
    OPENAI_API_KEY: "test",
    EVENTSTOREDB_URL: eventStore.connectionString,
    PORT: "0",
  };
}

/** The project's own commands come first, then this Node. */
function commandPath(directory: string): string {
  const workspaceBin = join(repositoryRoot, "node_modules", ".bin");
  const own = [join(directory, "node_modules", ".bin"), dirname(process.execPath), workspaceBin];
  return [...own, process.env["PATH"] ?? ""].join(delimiter);
}
