/** The program a README starts with. */
export interface ReadmeProgram {
  readonly language: "ts" | "sh";
  /** The fence says ` ```ts server `: the program serves until it is told to stop, and says where in a line with its URL. */
  readonly server: boolean;
  readonly source: string;
}

const fence = /^```(\w*)([^\n]*)\n([\s\S]*?)^```/gm;
const installation = /^\s*(?:npm|pnpm)\s+(?:i|install|add)\s+(?<packages>.+)$/;

/**
 * Finds the first `ts` or `sh` block of a README that is a program.
 *
 * A block that only installs packages comes before the program and is not it.
 */
export function readmeProgram(markdown: string): ReadmeProgram | undefined {
  for (const [, language = "", words = "", source = ""] of markdown.matchAll(fence)) {
    if (language !== "ts" && language !== "sh") continue;
    if (language === "sh" && meaningfulLines(source).every((line) => installation.test(line))) continue;
    return { language, server: words.trim().split(/\s+/).includes("server"), source };
  }
  return undefined;
}

/** The packages that the README's first `npm install` line names, without versions and options. */
export function readmeInstallation(markdown: string): readonly string[] {
  const line = [...markdown.matchAll(fence)]
    .flatMap(([, , , source = ""]) => meaningfulLines(source))
    .find((candidate) => installation.test(candidate));
  const names = line === undefined ? "" : (installation.exec(line)?.groups?.["packages"] ?? "");
  return names
    .split(/\s+/)
    .filter((name) => name !== "" && !name.startsWith("-"))
    .map((name) => name.replace(/(?<=.)@.*$/, ""));
}

function meaningfulLines(source: string): readonly string[] {
  return source.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
}
