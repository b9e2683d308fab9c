import { AgentKitError } from "@agentkit/core";
import type { DamagedFile } from "@agentkit/store-sqlite";

/** What a file in the data directory is for, in the words of a notice. */
export interface FileTitle {
  /** What goes on without it: "Leases are not used". */
  readonly without: string;
  readonly onNotice: (notice: string) => void;
}

/**
 * Opens a file that AgentKit can do without. One that is damaged is set aside, and a new one begun; `undefined` for one that
 * cannot be used and is not ours to move. Both are said: a file that is passed over in silence is passed over for ever.
 */
export function openReplaceable<Store>(
  open: (onDamaged: (file: DamagedFile) => void) => Store,
  { without, onNotice }: FileTitle,
): Store | undefined {
  try {
    return open((file) => onNotice(toDamageNotice(file, "a new one is begun.")));
  } catch (error) {
    if (!AgentKitError.is(error) || !error.code.startsWith("store_")) throw error;
    onNotice(`${without}: ${error.message}`);
    return undefined;
  }
}

/** Says that a damaged file was set aside, and what takes its place. */
export function toDamageNotice({ path, setAside, reason }: DamagedFile, next: string): string {
  return `${path} cannot be used and was set aside as ${setAside}; ${next} ${reason}`;
}
