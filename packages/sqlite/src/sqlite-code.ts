/** SQLite's result codes, as far as they tell a caller what to do. https://sqlite.org/rescode.html */
export const sqliteCode = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  tooBig: 18,
  notADatabase: 26,
  constraintNotNull: 1299,
  constraintUnique: 2067,
} as const;

/** The whole code of an error that SQLite reported; nothing for any other error. */
export function extendedCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}

/** The part of the code that says what kind of error it is. */
export function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  return code === undefined ? undefined : code % 256;
}

/** Whether another connection holds a lock that this one needs. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqliteCode.busy || code === sqliteCode.locked || code === sqliteCode.protocol;
}
