import { basename, isAbsolute, relative, resolve } from "node:path";
import type { Environment } from "@agentkit/gateway";

/** A command line that works in a new terminal at the same place: called the same way, on the same log. */
export function toInvocation(words: string, { dataDirectory, configPath }: Environment): string {
  const isDefault = dataDirectory === resolve(".agentkit");
  return [
    programName(),
    words,
    ...(isDefault ? [] : [`--data-dir ${toPath(dataDirectory)}`]),
    ...(configPath === undefined ? [] : [`--config ${toPath(configPath)}`]),
  ].join(" ");
}

function programName(): string {
  // Set by the scripts of this repository, which bring their own Node; the system's may be too old.
  const command = process.env["AGENTKIT_COMMAND"];
  if (command) return command;
  const script = process.argv[1] ?? "agentkit";
  if (/[\\/]node_modules[\\/]/.test(script)) return "npx agentkit";
  return basename(script) === "main.js" ? `node ${toPath(script)}` : "agentkit";
}

/** What lies below the working directory is named from there. */
function toPath(path: string): string {
  const below = relative(process.cwd(), path);
  return quote(below === "" || below.startsWith("..") || isAbsolute(below) ? path : below);
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
