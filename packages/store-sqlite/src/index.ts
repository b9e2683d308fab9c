export { createSqliteProjectionStore, type SqliteProjectionStoreOptions } from "./sqlite-projection-store.ts";
