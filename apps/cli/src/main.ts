#!/usr/bin/env node
// The log needs a Node with a safe node:sqlite, and an older one would fail while it loads the rest, with a stack trace.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`error runtime_unsupported: agentkit needs Node 22.13 or newer; this is ${process.version}.\n`);
  process.exit(2);
}

const { createTerminal, runCli } = await import("./index.ts");

// Who reads the output may leave before its end (`agentkit events … | head`); that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const color = process.stdout.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, color });
process.exitCode = await runCli(process.argv.slice(2), terminal);
