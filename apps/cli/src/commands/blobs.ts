import { AgentKitError } from "@agentkit/core";
import type { CliCommand } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface BlobsFlags {
  readonly collect?: true;
}

/** A blob's event may be on its way for so long; no append takes it. */
const graceMs = 3_600_000;

/** `agentkit blobs`: counts the large contents beside the log that no event refers to, and deletes them when told to. */
export const blobsCommand: CliCommand = {
  syntax: "blobs",
  description: "Count the large contents beside the log, and delete those that no event refers to",
  access: "append",
  configure: (command) => {
    command.option("--collect", "delete what is counted as unused; without it nothing is deleted");
  },
  async perform({ runtime, command, terminal, json, invocation }) {
    const dryRun = command.opts<BlobsFlags>().collect !== true;
    const collect = runtime.collectBlobs;
    if (collect === undefined) throw noBlobs(runtime.logDescription);
    const { kept, deleted, deletedBytes } = await collect({ graceMs, dryRun, signal: stopSignal() });
    if (json) {
      terminal.json({ kept, unused: deleted, unusedBytes: deletedBytes, deleted: !dryRun });
      return exitCode.ok;
    }
    const unused = `${count(deleted)} unused ${deleted === 1 ? "blob" : "blobs"} (${count(deletedBytes)} bytes)`;
    terminal.line(`${dryRun ? "Found" : "Deleted"} ${unused}; ${count(kept)} in use, or put within the last hour.`);
    if (dryRun && deleted > 0) terminal.line(`Delete them with: ${invocation("blobs --collect")}`);
    return exitCode.ok;
  },
};

function noBlobs(log: string): AgentKitError {
  const message = `There are no blobs beside this log (${log}): it keeps large contents itself, or the configuration opens it.`;
  return new AgentKitError("input_invalid", message);
}

function count(value: number): string {
  return value.toLocaleString("en");
}
