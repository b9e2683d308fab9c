import {
  AgentKitError,
  assertBlobHash,
  type BlobInfo,
  type BlobStore,
  type BlobStoreCapabilities,
  blobStoreClosed,
  type Clock,
  type ContentHash,
  contentHash,
  systemClock,
  verifyBlob,
} from "@agentkit/core";
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { toContentHash } from "./content-hash.ts";

/** Options of {@link createFileBlobStore}. */
export interface FileBlobStoreOptions {
  /** The directory of the blobs, created where there is none. Back it up with the log. */
  readonly directory: string;
  readonly clock?: Clock;
}

/**
 * Makes a {@link BlobStore} of files, one a blob, named by its hash in 256 directories. Any number of processes may use
 * it. A blob is written beside its place, synced, and renamed into it: what has a blob's name is whole.
 *
 * @example
 * ```ts
 * import { createFileBlobStore } from "@agentkit/store-sqlite";
 *
 * const blobs = createFileBlobStore({ directory: "./.agentkit/blobs" });
 * const hash = await blobs.put(new TextEncoder().encode("hello"));
 * console.log(hash, await blobs.has(hash));
 * await blobs.close();
 * ```
 */
export function createFileBlobStore(options: FileBlobStoreOptions): BlobStore {
  return new FileBlobStore(options);
}

class FileBlobStore implements BlobStore {
  readonly capabilities: BlobStoreCapabilities = { durable: true };
  readonly #directory: string;
  readonly #clock: Clock;
  #closed = false;

  constructor({ directory, clock = systemClock }: FileBlobStoreOptions) {
    this.#directory = directory;
    this.#clock = clock;
  }

  async put(bytes: Uint8Array): Promise<ContentHash> {
    const hash = contentHash(bytes);
    const copy = bytes.slice();
    await this.#attempt(async () => {
      const path = this.#pathOf(hash);
      const created = await mkdir(dirname(path), { recursive: true });
      if (created !== undefined) await syncDirectory(this.#directory);
      const temporary = `${path}.${randomUUID()}${unfinished}`;
      await writeSynced(temporary, copy, this.#clock.now());
      // Also when the blob is there: the new file's time is what keeps it from being collected.
      await rename(temporary, path);
      await syncDirectory(dirname(path));
    });
    return hash;
  }

  async get(hash: ContentHash): Promise<Uint8Array | undefined> {
    assertBlobHash(hash);
    const bytes = await this.#attempt(async () => this.#either(hash, async (path) => readFile(path)));
    return bytes && verifyBlob(hash, bytes);
  }

  async has(hash: ContentHash): Promise<boolean> {
    assertBlobHash(hash);
    return (await this.#attempt(async () => this.#either(hash, async (path) => stat(path)))) !== undefined;
  }

  async delete(hash: ContentHash, writtenBefore: number): Promise<boolean> {
    assertBlobHash(hash);
    return this.#attempt(async () => {
      const path = this.#pathOf(hash);
      if (!isOlder(await ifThere(stat(path)), writtenBefore)) return false;
      // Between a look at a file and its removal the blob can be put again. Moved aside first, it is looked at once more:
      // one that was put meanwhile goes back to its place, and a put after the move makes a file of its own.
      const aside = `${path}.${randomUUID()}${movedAside}`;
      if ((await ifThere(moved(path, aside))) === undefined) return false;
      if (isOlder(await ifThere(stat(aside)), writtenBefore)) {
        await ifThere(unlink(aside));
        return true;
      }
      await ifThere(rename(aside, path));
      return false;
    });
  }

  async *list(): AsyncGenerator<BlobInfo> {
    const names = await this.#attempt(async () => (await ifThere(readdir(this.#directory, { recursive: true }))) ?? []);
    for (const name of names) {
      const hex = /(?:^|[/\\])([0-9a-f]{64})$/.exec(name)?.[1];
      const found = hex && (await this.#attempt(async () => ifThere(stat(join(this.#directory, name)))));
      if (hex && found)
        yield { hash: toContentHash(`sha256:${hex}`), size: found.size, written: Math.round(found.mtimeMs) };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Looks where a blob belongs, and where it is for a moment while somebody makes sure that it may be deleted. */
  async #either<T>(hash: ContentHash, look: (path: string) => Promise<T>): Promise<T | undefined> {
    const path = this.#pathOf(hash);
    const found = await ifThere(look(path));
    if (found !== undefined) return found;
    const names = (await ifThere(readdir(dirname(path)))) ?? [];
    const asides = names.filter((name) => name.startsWith(basename(path)) && name.endsWith(movedAside));
    for (const place of [...asides.map((name) => join(dirname(path), name)), path]) {
      const late = await ifThere(look(place));
      if (late !== undefined) return late;
    }
    return undefined;
  }

  #pathOf(hash: ContentHash): string {
    const hex = hash.slice("sha256:".length);
    return join(this.#directory, hex.slice(0, 2), hex);
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw blobStoreClosed();
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, this.#directory);
    }
  }
}

const unfinished = ".part";
const movedAside = ".old";

async function writeSynced(path: string, bytes: Uint8Array, writtenMs: number): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.utimes(writtenMs / 1_000, writtenMs / 1_000);
    await file.sync();
  } catch (error) {
    await file.close();
    await ifThere(unlink(path));
    throw error;
  }
  await file.close();
}

/** Makes a rename survive the loss of power. Where a directory cannot be opened, as on Windows, the file system does. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function moved(from: string, to: string): Promise<true> {
  await rename(from, to);
  return true;
}

function isOlder(found: { readonly mtimeMs: number } | undefined, writtenBefore: number): boolean {
  return found !== undefined && Math.round(found.mtimeMs) <= writtenBefore;
}

/** What an operation on a file gives, `undefined` where there is no such file. */
async function ifThere<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function toStoreError(error: unknown, directory: string): unknown {
  const code = codeOf(error);
  if (code === undefined || AgentKitError.is(error)) return error;
  const message = `The blob store '${directory}' reports ${code}.`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AgentKitError("store_full", `${message} Free space, then try again.`, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new AgentKitError("store_read_only", `${message} Make it writable for this user.`, { cause: error });
  }
  return new AgentKitError("store_unavailable", `${message} Check that the disk is there and works.`, {
    cause: error,
    retryable: true,
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
