import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { LoadedConfig } from "../config/load-config.ts";
import { invalidKey, type KeyFile, obtainKeyFile, readKeyFile } from "./key-file.ts";
import type { LogAccess, OpenLog } from "./open-log.ts";

/** How to open the redaction key. */
export interface RedactionKeyOptions {
  readonly access: LogAccess;
  readonly onNotice: (notice: string) => void;
}

/**
 * The key that placeholders are made with: that of the environment, otherwise one that is made once and kept in the data directory,
 * readable by its owner alone. Whoever only reads makes none, and none of the placeholders in such a log is theirs.
 *
 * @throws AgentKitError `config_invalid` for a key file that cannot be made, read or used.
 */
export function openRedactionKey(
  { environment }: LoadedConfig,
  { local }: Pick<OpenLog, "local">,
  { access, onNotice }: RedactionKeyOptions,
): Uint8Array {
  const { redactionKey, dataDirectory } = environment;
  if (redactionKey !== undefined) return toBytes(redactionKey);
  const file = redactionKeyFile(dataDirectory);
  const key = access === "read" ? (readKeyFile(file) ?? generate()) : obtainKeyFile(file, generate);
  const bytes = toBytes(key);
  if (bytes.length !== keyBytes) {
    throw invalidKey(`The redaction key in '${file.path}' cannot be used: it is not ${keyBytes} bytes in base64.`);
  }
  if (!local && access === "create") {
    onNotice(
      `AGENTKIT_REDACTION_KEY is not set: placeholders are made by the key in ${file.path}, which other machines on this log do not have.`,
    );
  }
  return bytes;
}

/** Where the redaction key is kept. */
export function redactionKeyFile(dataDirectory: string): KeyFile {
  return { path: join(dataDirectory, "redaction.key"), title: "redaction key", variable: "AGENTKIT_REDACTION_KEY" };
}

const keyBytes = 32;

function generate(): string {
  return randomBytes(keyBytes).toString("base64");
}

function toBytes(key: string): Uint8Array {
  return Buffer.from(key, /^[0-9A-Fa-f]{64}$/.test(key) ? "hex" : "base64");
}
