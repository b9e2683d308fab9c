import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isTestFile, sourceFiles } from "../repository/source-files.ts";
import { loadWorkspace, type WorkspacePackage } from "../repository/workspace.ts";
import { refuseDependency, type Member } from "./dependency-rules.ts";
import { findImpurities } from "./find-impurities.ts";
import { checkDependencies, checkImports } from "./import-rules.ts";
import { readImports } from "./read-imports.ts";

const workspace = loadWorkspace();

describe.each(workspace)("$name", (member) => {
  it("depends only on what its layer may", () => {
    expect(checkDependencies(member, workspace)).toEqual([]);
  });

  it("imports only what its layer may", () => {
    const problems = sourceFiles(member).flatMap((path) => {
      const imports = readImports(path, readFileSync(join(member.directory, path), "utf8"));
      return checkImports({ member, path, imports }, workspace);
    });
    expect(problems).toEqual([]);
  });
});

describe("core", () => {
  it("takes time and randomness from its ports everywhere but in runtime", () => {
    const core = find("@agentkit/core");
    const problems = sourceFiles(core)
      .filter((path) => !isTestFile(path) && !path.startsWith("src/runtime/"))
      .flatMap((path) =>
        findImpurities(path, readFileSync(join(core.directory, path), "utf8")).map((use) => `${path}: ${use}`),
      );
    expect(problems).toEqual([]);
  });
});

// A gate that cannot fail is no gate: each rule is shown one program that breaks it.
describe("the import rules", () => {
  it.each([
    ["a feature that imports a feature", inPackages("tools"), inPackages("safety")],
    ["a feature that imports an adapter", inPackages("tools"), inPackages("openai")],
    ["an adapter that imports an adapter", inPackages("openai"), inPackages("eventlog-sqlite")],
    [
      "an adapter that imports a feature whose port it does not implement",
      inPackages("memory-qdrant"),
      inPackages("tools"),
    ],
    ["what opens a database that imports an adapter", inPackages("sqlite"), inPackages("store-sqlite")],
    ["a feature that opens a database", inPackages("safety"), inPackages("sqlite")],
    ["core that imports anything", inPackages("core"), inPackages("tools")],
    ["a package that imports an app", inPackages("tools"), inGroup("apps", "gateway")],
    ["an app that imports an app", inGroup("apps", "gateway"), inGroup("apps", "cli")],
    ["an app that needs tooling to run", inGroup("apps", "gateway"), inGroup("tooling", "openai-double")],
    ["a package that needs tooling to run", inPackages("tools"), inGroup("tooling", "openai-double")],
  ])("refuse %s", (_title, from, to) => {
    expect(refuseDependency(from, to)).toBeTypeOf("string");
  });

  it.each([
    ["a feature on core", inPackages("tools"), inPackages("core")],
    ["an adapter on the owner of its port", inPackages("memory-qdrant"), inPackages("memory")],
    ["an adapter on what opens its database", inPackages("safety-sqlite"), inPackages("sqlite")],
    ["an app on features and adapters", inGroup("apps", "gateway"), inPackages("eventlog-sqlite")],
    ["the cli on the gateway", inGroup("apps", "cli"), inGroup("apps", "gateway")],
    ["tooling on an app", inGroup("tooling", "bench"), inGroup("apps", "gateway")],
  ])("allow %s", (_title, from, to) => {
    expect(refuseDependency(from, to)).toBeUndefined();
  });

  it.each([
    {
      title: "I/O in core",
      name: "@agentkit/core",
      path: "src/session/a.ts",
      source: `import { readFile } from "node:fs/promises";`,
    },
    {
      title: "randomness of node:crypto in core",
      name: "@agentkit/core",
      path: "src/session/a.ts",
      source: `import { randomUUID } from "node:crypto";`,
    },
    {
      title: "all of node:crypto in core",
      name: "@agentkit/core",
      path: "src/session/a.ts",
      source: `import * as crypto from "node:crypto";`,
    },
    {
      title: "a type of an undeclared package",
      name: "@agentkit/core",
      path: "src/a.ts",
      source: `export type A = import("openai").OpenAI;`,
    },
    {
      title: "an undeclared package loaded late",
      name: "@agentkit/core",
      path: "src/a.ts",
      source: `await import("hono");`,
    },
    {
      title: "an undeclared package re-exported",
      name: "@agentkit/core",
      path: "src/a.ts",
      source: `export { Hono } from "hono";`,
    },
    {
      title: "vitest in what is published",
      name: "@agentkit/core",
      path: "src/testing/a.ts",
      source: `import { it } from "vitest";`,
    },
    {
      title: "another package's files",
      name: "@agentkit/openai",
      path: "src/a.ts",
      source: `import { a } from "../../core/src/index.ts";`,
    },
    {
      title: "a test in what is published",
      name: "@agentkit/core",
      path: "src/a.ts",
      source: `import { a } from "./a.test.ts";`,
    },
    {
      title: "a double in what is published",
      name: "@agentkit/openai",
      path: "src/a.ts",
      source: `import { a } from "@agentkit/openai-double";`,
    },
    {
      title: "a feature in another package's test",
      name: "@agentkit/openai",
      path: "src/a.test.ts",
      source: `import "@agentkit/eventlog-sqlite";`,
    },
    {
      title: "a Node module without its prefix",
      name: "@agentkit/openai",
      path: "src/a.ts",
      source: `import { join } from "path";`,
    },
    {
      title: "itself by name",
      name: "@agentkit/openai",
      path: "src/a.ts",
      source: `import { a } from "@agentkit/openai";`,
    },
  ])("refuse $title", ({ name, path, source }) => {
    const problems = checkImports({ member: find(name), path, imports: readImports(path, source) }, workspace);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(path);
  });

  it("refuse a third-party dependency of core other than zod", () => {
    const core = find("@agentkit/core");
    const dependencies = { zod: "^4.0.0", lodash: "^4.0.0" };
    expect(checkDependencies({ ...core, manifest: { ...core.manifest, dependencies } }, workspace)).toEqual([
      "@agentkit/core depends on lodash: core depends on zod only",
    ]);
  });

  it.each([
    ["Date.now()", "Date.now"],
    ["globalThis.Date.now()", "Date.now"],
    ["new Date()", "new Date()"],
    ["Date()", "Date()"],
    ["performance.now()", "performance.now"],
    ["Math.random()", "Math.random"],
    ["crypto.randomUUID()", "crypto.randomUUID"],
    ["randomUUID()", "randomUUID"],
  ])("find %s", (source, name) => {
    expect(findImpurities("a.ts", source)).toEqual([name]);
  });

  it("leave a date made of a recorded time alone", () => {
    expect(findImpurities("a.ts", "new Date(event.time); Date.parse(event.time); Math.max(1, 2);")).toEqual([]);
  });
});

function find(name: string): WorkspacePackage {
  const member = workspace.find((candidate) => candidate.name === name);
  if (member === undefined) throw new Error(`${name} is not in the workspace.`);
  return member;
}

function inPackages(folder: string): Member {
  return inGroup("packages", folder);
}

function inGroup(group: Member["group"], folder: string): Member {
  return { name: `@agentkit/${folder}`, group, folder };
}
