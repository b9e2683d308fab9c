import { EventStoreDBClient, jsonEvent } from "@eventstore/db-client";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";

const program = new URL("./main.ts", import.meta.url).pathname;

it("prints a connection string that works, and ends when it is told to", async () => {
  const child = spawn(process.execPath, [program, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const connectionString = await new Promise<string>((resolve) => {
    child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString("utf8").trim()));
  });
  const client = EventStoreDBClient.connectionString(connectionString);
  const { nextExpectedRevision } = await client.appendToStream("a", jsonEvent({ type: "NoteTaken", data: {} }));
  expect(nextExpectedRevision).toBe(0n);
  await client.dispose();
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});

it("refuses a port that is none", async () => {
  const child = spawn(process.execPath, [program, "--port", "70000"], { stdio: "ignore" });
  expect(await once(child, "exit")).toEqual([2, null]);
});
