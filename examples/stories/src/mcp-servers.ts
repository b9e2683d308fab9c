/**
 * Two MCP servers that nobody here wrote, started as child processes, give an agent its tools. The agent works with files and adds
 * numbers, is kept within its directory, and the session replays without the servers. A tool whose definition is not the one that
 * was accepted is not offered again until a person accepts it.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgentKit, createInMemoryEventLog, defineAgent, isFunctionCallOutput } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import { connectMcpServer, type McpServer, mcpPinFile } from "@agentkit/tools";

const directory = await realpath(await mkdtemp(join(tmpdir(), "agentkit-story-")));
const note = join(directory, "note.txt");
const pinPath = join(directory, "mcp-pins.json");
const pins = mcpPinFile(pinPath);

const files = await connectFiles();
const everything = await connectMcpServer({
  name: "everything",
  transport: {
    type: "stdio",
    command: process.execPath,
    args: [entryOf(import.meta.resolve("@modelcontextprotocol/server-everything/package.json"))],
  },
  pins,
  // The operator has looked at this tool and says what it does; the server's own word would not be taken for it.
  declare: ({ name }) => (name === "get-sum" ? { sideEffects: "none" } : {}),
});
say(
  `Two servers give ${files.tools.length} and ${everything.tools.length} tools, pinned by the hash of their definitions.`,
);

const model = scriptedModel([
  { calls: [{ name: "everything_get-sum", arguments: { a: 40, b: 2 } }] },
  { calls: [{ name: "files_write_file", arguments: { path: note, content: "The sum is 42." } }] },
  { calls: [{ name: "files_read_text_file", arguments: { path: "/etc/passwd" } }] },
  { calls: [{ name: "files_read_text_file", arguments: { path: 42 } }] },
  { text: "I noted that the sum is 42." },
]);
const tools = [...files.tools, ...everything.tools];
const agents = [defineAgent({ name: "clerk", model: "scripted", tools })];
const kit = createAgentKit({ log: createInMemoryEventLog(), model, agents });

const result = await kit.run({ input: "Add 40 and 2, and note it." });
strictEqual(result.outcome, "completed");
strictEqual(await readFile(note, "utf8"), "The sum is 42.");
const outputs = result.items.filter(isFunctionCallOutput).map(({ output }) => JSON.stringify(output));
strictEqual(outputs[0], '"The sum of 40 and 2 is 42."');
ok(outputs[2]?.includes("mcp_tool_failed") && outputs[2].includes("denied"));
ok(outputs[3]?.includes("arguments_invalid") && outputs[3].includes("must be string"));
say(`The agent said: ${result.text} Its file: ${await readFile(note, "utf8")}`);
say("A file outside the directory was denied by the server; arguments that do not fit never reached it.");

await Promise.all([files.close(), everything.close()]);
const replay = await kit.replay(result.session);
strictEqual(replay.status, "identical");
say(`Replay with both servers gone: ${replay.status}.`);

// Somebody accepted another version of the tool than the one that the server has now.
const accepted = await readFile(pinPath, "utf8");
await writeFile(pinPath, accepted.replace(/("write_file": "sha256:)[0-9a-f]{64}/, `$1${"0".repeat(64)}`));
const changed = await connectFiles();
deepStrictEqual(
  changed.refused.map(({ tool, reason }) => [tool, reason]),
  [["write_file", "changed"]],
);
strictEqual(changed.tools.length, files.tools.length - 1);
say("Started again, a tool that differs from its pin is refused: write_file.");
await changed.acceptTools(changed.refused);
strictEqual(changed.tools.length, files.tools.length);
strictEqual(await readFile(pinPath, "utf8"), accepted);
say("Accepted by a person, it is offered again.");
await changed.close();
await rm(directory, { recursive: true });

async function connectFiles(): Promise<McpServer> {
  return connectMcpServer({
    name: "files",
    transport: {
      type: "stdio",
      command: process.execPath,
      args: [entryOf(import.meta.resolve("@modelcontextprotocol/server-filesystem/package.json")), directory],
    },
    pins,
  });
}

function entryOf(manifest: string): string {
  return new URL("dist/index.js", manifest).pathname;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
