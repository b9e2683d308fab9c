import { toolContext } from "@agentkit/core/testing";
import { connectMcpServer } from "./connect-mcp-server.ts";

/** Has a scripted server start a child, writes the child's process id and ends: by `exit` in the middle, or after `close`. */
const [, , directory = ".", how] = process.argv;
const script = new URL("scripted-server.test.support.ts", import.meta.url).pathname;
const server = await connectMcpServer({
  name: "scripted",
  transport: { type: "stdio", command: process.execPath, args: [script, directory] },
});
const output = await server.tools[0]?.execute({}, toolContext());
process.stdout.write(typeof output === "string" ? output : "");
if (how === "close") await server.close();
else process.exit(0);
