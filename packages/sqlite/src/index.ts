export { readBytes, readJsonObject, readNumber, readText, type Row } from "./read-columns.ts";
export { extendedCode, isBusy, primaryCode, sqliteCode } from "./sqlite-code.ts";
export { assertSafeSqlite } from "./sqlite-version.ts";
export { StoreDatabase, type StoreFormat } from "./store-database.ts";
