import { basename, relative } from "node:path";

/** The options that choose a log, which a command to copy has to repeat. */
export interface PlaceFlags {
  readonly config?: string;
  readonly dataDir?: string;
}

/** A command line that works where this one was typed: called the same way, on the same log. */
export function toInvocation(words: string, { config, dataDir }: PlaceFlags): string {
  return [
    programName(),
    words,
    ...(dataDir === undefined ? [] : [`--data-dir ${quote(dataDir)}`]),
    ...(config === undefined ? [] : [`--config ${quote(config)}`]),
  ].join(" ");
}

function programName(): string {
  // The scripts of this repository, which bring their own Node: `npm start`, `npm run agentkit`.
  if (process.env["npm_package_name"] === "agentkit") return "npm run -s agentkit --";
  const script = process.argv[1] ?? "agentkit";
  if (/[\\/]node_modules[\\/]/.test(script)) return "npx agentkit";
  return basename(script) === "main.js" ? `node ${quote(relative(process.cwd(), script))}` : "agentkit";
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
