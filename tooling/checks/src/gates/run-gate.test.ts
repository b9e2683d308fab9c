import { describe, expect, it } from "vitest";
import type { Gate } from "./gates.ts";
import { runGate } from "./run-gate.ts";

describe("runGate", () => {
  it("passes a program that ends with exit code 0", async () => {
    const result = await runGate(gate("process.exit(0)"));
    expect(result).toMatchObject({ ok: true, counts: { passed: 1, failed: 0, skipped: 0 } });
    expect(result.line).toMatch(/^ok +example +\d+\.\d s$/);
  });

  it("fails a program that ends otherwise, and keeps what it wrote", async () => {
    const result = await runGate(gate("console.log('out'); console.error('err'); process.exit(3)"));
    expect(result).toMatchObject({ ok: false, counts: { passed: 0, failed: 1, skipped: 0 } });
    expect(result.output.split("\n").toSorted()).toEqual(["", "err", "out"]);
    expect(result.line).toMatch(/^FAILED +example/);
  });

  it("stops a program that takes too long and fails it", async () => {
    const result = await runGate({ ...gate("setInterval(() => {}, 1000)"), timeLimitSeconds: 0.5 });
    expect(result.ok).toBe(false);
    expect(result.output).toContain("ran longer than 0.5 s");
  });

  it("fails a program that does not exist", async () => {
    const result = await runGate({ ...gate(""), command: ["agentkit-no-such-program"] });
    expect(result.ok).toBe(false);
    expect(result.output).toContain("agentkit-no-such-program could not be started");
  });
});

function gate(script: string): Gate {
  return { name: "example", command: [process.execPath, "-e", script], counts: "one", timeLimitSeconds: 10 };
}
