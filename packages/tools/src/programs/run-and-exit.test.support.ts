/** Runs programs in each way that they end and has nothing more to do: `run-and-exit [leave <pid file>]`. */
import { toolContext } from "@agentkit/core/testing";
import { setTimeout as sleep } from "node:timers/promises";
import { existsSync } from "node:fs";
import { programTool } from "./program-tool.ts";

const [mode, pidFile = ""] = process.argv.slice(2);
const inheritEnv = ["PATH"];
const input = { type: "object" };

if (mode === "leave") {
  const script = 'sleep 60 & echo $! > "$0.part"; mv "$0.part" "$0"; sleep 60';
  const command = ["sh", "-c", script, pidFile] as const;
  void programTool({ name: "hang", description: "", command, input, inheritEnv }).execute({}, toolContext());
  while (!existsSync(pidFile)) await sleep(10);
  process.exit(0);
}

const echo = programTool({ name: "echo", description: "", command: ["cat"], input, inheritEnv });
print(await echo.execute({ a: 1 }, toolContext()));
const hang = programTool({ name: "hang", description: "", command: ["sleep", "60"], input, inheritEnv });
const stop = new AbortController();
const stopped = hang.execute({}, toolContext({ signal: stop.signal })).catch(() => "stopped");
setTimeout(() => stop.abort(), 50);
print(await stopped);

function print(output: unknown): void {
  process.stdout.write(`${JSON.stringify(output)}\n`);
}
