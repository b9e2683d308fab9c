import { describe, expect, it } from "vitest";
import { assertSafeSqlite } from "./sqlite-version.ts";

describe("assertSafeSqlite", () => {
  it.each(["3.44.6", "3.50.7", "3.51.3", "3.52.0", "3.53.4", "3.100.0", "4.0.0"])("accepts SQLite %s", (version) => {
    expect(() => assertSafeSqlite(version, "log_runtime_unsupported")).not.toThrow();
  });

  it.each(["3.44.5", "3.45.0", "3.47.2", "3.50.6", "3.51.2"])("refuses SQLite %s, and tells what to use", (version) => {
    const act = (): void => assertSafeSqlite(version, "log_runtime_unsupported");
    expect(act).toThrow(expect.objectContaining({ code: "log_runtime_unsupported" }));
    expect(act).toThrow(`This runtime brings SQLite ${version}`);
    expect(act).toThrow("SQLite 3.51.3 or later");
  });
});
