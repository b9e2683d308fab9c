import { describe, expect, it } from "vitest";
import { readmeInstallation, readmeProgram } from "./readme-program.ts";

describe("readmeProgram", () => {
  it("takes the first block that is a program and passes over the installation", () => {
    const markdown = "# a\n\n```sh\n# once\nnpm install a b\n```\n\n```ts\nwork();\n```\n\n```ts\nother();\n```\n";
    expect(readmeProgram(markdown)).toEqual({ language: "ts", server: false, source: "work();\n" });
  });

  it("knows a server by the word after the language", () => {
    expect(readmeProgram("```sh server\nnpx agentkit serve\n```\n")).toMatchObject({ language: "sh", server: true });
  });

  it("finds nothing where only output is shown", () => {
    expect(readmeProgram("```text\n42\n```\n")).toBeUndefined();
  });
});

describe("readmeInstallation", () => {
  it("names the packages without versions and options", () => {
    expect(readmeInstallation("```sh\nnpm install @agentkit/core@next --save-dev zod@4\n```\n")).toEqual([
      "@agentkit/core",
      "zod",
    ]);
  });

  it("is empty where nothing is installed", () => {
    expect(readmeInstallation("```ts\nwork();\n```\n")).toEqual([]);
  });
});
