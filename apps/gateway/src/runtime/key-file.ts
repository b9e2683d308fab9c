import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AgentKitError } from "@agentkit/core";

/** A secret key in the data directory. */
export interface KeyFile {
  readonly path: string;
  /** What messages call it, such as `approval key`. */
  readonly title: string;
  /** The variable that holds the key where there is to be no file. */
  readonly variable: string;
}

/**
 * Reads a key; nothing where there is no file.
 *
 * @throws AgentKitError `config_invalid` for a file that cannot be read.
 */
export function readKeyFile({ path, title }: KeyFile): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw invalidKey(`The ${title} '${path}' cannot be read.`, error);
  }
}

/**
 * Reads a key, or makes it for its owner alone, or takes the one that another process has made meanwhile: a file has its whole
 * content before its name.
 *
 * @throws AgentKitError `config_invalid` for a file that cannot be made or read.
 */
export function obtainKeyFile(file: KeyFile, generate: () => string): string {
  const key = readKeyFile(file) ?? makeKey(file, generate);
  if (key !== undefined) return key;
  throw invalidKey(`The ${file.title} '${file.path}' is gone as soon as it is made.`);
}

function makeKey(file: KeyFile, generate: () => string): string | undefined {
  const { path, title, variable } = file;
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(draft, { force: true });
    writeFileSync(draft, `${generate()}\n`, { mode: 0o600, flag: "wx", flush: true });
    nameOnce(draft, path);
  } catch (error) {
    throw invalidKey(`The ${title} '${path}' cannot be made. Set ${variable}, or free the way.`, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return readKeyFile(file);
}

// A link never takes the place of a file that is there.
function nameOnce(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The error of a key that cannot be used. Its message never holds any of the key. */
export function invalidKey(message: string, cause?: unknown): AgentKitError {
  return new AgentKitError("config_invalid", message, { cause });
}
