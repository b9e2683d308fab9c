export { createFileBlobStore, type FileBlobStoreOptions } from "./file-blob-store.ts";
export type { DamagedFile } from "./damaged-file.ts";
export { createSqliteBlobStore, type SqliteBlobStoreOptions } from "./sqlite-blob-store.ts";
export { createSqliteLeaseStore, type SqliteLeaseStore, type SqliteLeaseStoreOptions } from "./sqlite-lease-store.ts";
export { createSqliteProjectionStore, type SqliteProjectionStoreOptions } from "./sqlite-projection-store.ts";
export { createSqliteSnapshotStore, type SqliteSnapshotStoreOptions } from "./sqlite-snapshot-store.ts";
