export {
  createSqliteSubjectKeys,
  type SqliteSubjectKeys,
  type SqliteSubjectKeysOptions,
} from "./sqlite-subject-keys.ts";
export { createSqliteVaultStore, type SqliteVaultStore, type SqliteVaultStoreOptions } from "./sqlite-vault-store.ts";
