import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository/repository-root.ts";
import { markdownLinks } from "./markdown-links.ts";

const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: repositoryRoot,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(repositoryRoot, path)));

describe("markdownLinks", () => {
  it("reads links, pictures and definitions, and nothing inside code", () => {
    const text = '[a](b.md#c) ![d](e.png "f")\n\n[g]: h/i.md\n\n`[x](y)`\n\n```md\n[x](y)\n```\n';
    expect(markdownLinks(text)).toEqual(["b.md#c", "e.png", "h/i.md"]);
  });
});

describe.each(documents)("%s", (path) => {
  const text = readFileSync(join(repositoryRoot, path), "utf8");

  it("links only to what exists", () => {
    const broken = markdownLinks(text)
      .filter((link) => !/^(?:[a-z]+:|#)/i.test(link))
      .filter((link) => !existsSync(join(repositoryRoot, dirname(path), decodeURI(link.replace(/[?#].*$/, "")))));
    expect(broken).toEqual([]);
  });
});

describe.each(documents.filter((path) => path.startsWith("docs/decisions/")))("%s", (path) => {
  it("is a decision of half a page", () => {
    const text = readFileSync(join(repositoryRoot, path), "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });
});
