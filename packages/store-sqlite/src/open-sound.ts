import { AgentKitError } from "@agentkit/core";
import type { StoreFormat } from "@agentkit/sqlite";
import { type DamagedFile, type FileOwner, ownerOf, setAside } from "./damaged-file.ts";

/** Which file is opened, and what becomes of one that cannot be used. */
export interface OpenSoundOptions {
  readonly path: string;
  readonly format: StoreFormat;
  /** Whether a file that fails so may be replaced. */
  readonly isRepairable: (error: AgentKitError) => boolean;
  /** Sets the file aside; absent where damage is only to be reported. */
  readonly replace?: ((error: AgentKitError) => void) | undefined;
}

/**
 * Opens a store's file. One of ours that is damaged is set aside first, and begun again; what was never one of ours is not
 * touched: `store_format_unsupported`.
 */
export function openSound<Store>(open: () => Store, options: OpenSoundOptions): Store {
  const { path, format, isRepairable, replace } = options;
  try {
    return open();
  } catch (error) {
    if (!AgentKitError.is(error) || !isRepairable(error)) throw error;
    const owner = ownerOf(path, format.applicationId);
    if (owner !== "ours") throw notOurs({ path, owner, kind: format.kind, cause: error });
    if (replace === undefined) throw error;
    replace(error);
    return open();
  }
}

/** Opens a file whose content is only of use while it is fresh, and begins a new one in the place of one that is damaged. */
export function openReplaceable<Store>(open: () => Store, options: ReplaceableOptions): Store {
  const { path, format, onDamaged } = options;
  const replace = (error: AgentKitError): void =>
    onDamaged?.({ path, setAside: setAside(path), reason: error.message });
  return openSound(open, {
    path,
    format,
    isRepairable: ({ code }) => code === "store_corrupt",
    replace: onDamaged && replace,
  });
}

/** Options of {@link openReplaceable}. */
export interface ReplaceableOptions extends Pick<OpenSoundOptions, "path" | "format"> {
  /** Has a damaged file set aside, and is told of it. Without it, damage throws `store_corrupt`. */
  readonly onDamaged: ((file: DamagedFile) => void) | undefined;
}

interface Foreign {
  readonly path: string;
  readonly owner: Exclude<FileOwner, "ours">;
  readonly kind: string;
  readonly cause: AgentKitError;
}

function notOurs({ path, owner, kind, cause }: Foreign): AgentKitError {
  const what = owner === "text" ? "a text" : "a database of another application";
  const message = `The file '${path}' is no AgentKit ${kind} but ${what}. Move it away; it was not touched.`;
  return new AgentKitError("store_format_unsupported", message, { cause });
}
