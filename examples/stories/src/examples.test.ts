import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL(".", import.meta.url));
const programs = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));

describe("examples", () => {
  it.each(programs)("%s runs, checks itself and ends", async (program) => {
    const { stdout } = await promisify(execFile)(process.execPath, [`${folder}${program}`], { timeout: 15_000 });
    expect(stdout).not.toBe("");
  });
});
