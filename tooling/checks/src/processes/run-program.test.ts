import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { runProgram, type ProgramOptions } from "./run-program.ts";

describe("runProgram", () => {
  it("gives the program only the environment it is given, and no input", async () => {
    const script = `process.stdin.on("end", () => console.log(process.env.GIVEN, process.env.HOME)).resume();`;
    const { exitCode, output } = await runProgram({ ...node(script), environment: { GIVEN: "yes" } });
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: "yes undefined\n" });
  });

  it("stops a server, and not only the shell it was started by, once it has said where it is", async () => {
    const server = `
      process.on("SIGTERM", () => { console.log("closed"); process.exit(0); });
      setInterval(() => {}, 1000);
      console.log("http://127.0.0.1:8787");
    `;
    const command = ["bash", "-c", `"$0" -e "$1"; true`, process.execPath, server] as const;
    const { output } = await runProgram({ ...node(""), command, stopWhen: /https?:\/\/\S+/ });
    expect(output).toBe("http://127.0.0.1:8787\nclosed\n");
  });

  it("kills what runs too long, with all that it started", async () => {
    const command = ["bash", "-c", "sleep 60 & sleep 60"] as const;
    const { signal, output } = await runProgram({ ...node(""), command, timeLimitSeconds: 0.3 });
    expect({ signal, output }).toEqual({ signal: "SIGKILL", output: "\nStopped: it ran longer than 0.3 s.\n" });
  });
});

function node(script: string): ProgramOptions {
  const command = [process.execPath, "-e", script] as const;
  return { command, directory: tmpdir(), environment: { PATH: process.env["PATH"] }, timeLimitSeconds: 10 };
}
