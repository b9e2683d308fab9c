export { createSqliteLeaseStore, type SqliteLeaseStore, type SqliteLeaseStoreOptions } from "./sqlite-lease-store.ts";
export { createSqliteProjectionStore, type SqliteProjectionStoreOptions } from "./sqlite-projection-store.ts";
