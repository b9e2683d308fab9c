export { createSqliteEventLog, type SqliteEventLogOptions } from "./sqlite-event-log.ts";
