import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * An MCP server over stdio whose tools are whatever the file `tools` in the directory of its first argument says at the moment, one
 * a page. It writes what it was told to the file `journal`, and ends at a request that it does not know when its second argument
 * is `strict`. Not built on an SDK, so that it can misbehave.
 */
const directory = process.argv[2] ?? ".";
const isStrict = process.argv[3] === "strict";
const children: ChildProcess[] = [];

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly cursor?: string;
    readonly requestId?: number;
    readonly arguments?: object;
  };
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function journal(line: string): void {
  appendFileSync(`${directory}/journal`, `${line}\n`);
}

function listPage(cursor = "0"): object {
  const tools: unknown = JSON.parse(readFileSync(`${directory}/tools`, "utf8"));
  const all = Array.isArray(tools) ? tools : [];
  const next = Number(cursor) + 1;
  return { tools: all.slice(next - 1, next), ...(next < all.length && { nextCursor: String(next) }) };
}

function callTool(id: Message["id"], name = "", input: object = {}): void {
  journal(`called ${name} ${JSON.stringify(input)}`);
  switch (name) {
    case "crash":
      process.exit(1);
      break;
    case "hang":
      break;
    case "notify":
      if ("tools" in input) writeFileSync(`${directory}/tools`, JSON.stringify(input.tools));
      send({ method: "notifications/tools/list_changed" });
      send({ id, result: { content: [{ type: "text", text: "notified" }] } });
      break;
    case "spawn":
      children.push(spawn("sleep", ["600"], { stdio: "inherit" }));
      send({ id, result: { content: [{ type: "text", text: String(children.at(-1)?.pid) }] } });
      break;
    case "fail":
      send({ id, result: { content: [{ type: "text", text: "The disk is full." }], isError: true } });
      break;
    case "lie":
      send({ id, result: { content: [], structuredContent: { temperature: "warm" } } });
      break;
    case "ask":
      send({ id: "sampling", method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } });
      send({ id, result: { content: [{ type: "text", text: "asked" }] } });
      break;
    default:
      send({ id, result: { content: [{ type: "text", text: JSON.stringify(input) }] } });
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client under test writes JSON-RPC
  const message = JSON.parse(line) as Message;
  const { id, method, params } = message;
  switch (method) {
    case "initialize":
      journal(`initialize ${JSON.stringify(params)}`);
      process.stdout.write("this line is no message\n");
      send({
        id,
        result: {
          protocolVersion: "2025-06-18",
          serverInfo: { name: "scripted", version: "1" },
          capabilities: { tools: { listChanged: true } },
        },
      });
      break;
    case "tools/list":
      send({ id, result: listPage(params?.cursor) });
      break;
    case "tools/call":
      callTool(id, params?.name, params?.arguments);
      break;
    case "notifications/cancelled":
      journal("cancelled");
      break;
    case undefined:
      journal(`answer ${line}`);
      break;
    default:
      if (id !== undefined && isStrict) process.exit(1);
      if (id !== undefined) send({ id, error: { code: -32_601, message: "Method not found" } });
  }
});
