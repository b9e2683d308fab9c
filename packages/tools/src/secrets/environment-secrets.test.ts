import { describe, expect, it } from "vitest";
import { environmentSecrets } from "./environment-secrets.ts";

describe("environmentSecrets", () => {
  it("gives the variables that it was told of, as they are now", async () => {
    const environment: Record<string, string> = { KEY: "one", OTHER: "two", EMPTY: "" };
    const secrets = environmentSecrets({ names: ["KEY", "EMPTY", "MISSING"], environment });
    expect(await secrets.get("KEY")).toBe("one");
    environment["KEY"] = "changed";
    expect(await secrets.get("KEY")).toBe("changed");
    expect(await secrets.get("OTHER")).toBeUndefined();
    expect(await secrets.get("EMPTY")).toBeUndefined();
    expect(await secrets.get("MISSING")).toBeUndefined();
    expect(await environmentSecrets({ names: ["PATH"] }).get("PATH")).toBe(process.env["PATH"]);
  });
});
