import type { Transport } from "@modelcontextprotocol/client";
import { resolveEnvironment } from "../programs/program-environment.ts";
import type { CallSecrets } from "../secrets/call-secrets.ts";
import { createHttpTransport } from "./http-transport.ts";
import type { McpServerOptions } from "./mcp-server-options.ts";
import { createStdioTransport } from "./stdio-transport.ts";

/** A new transport to a server; the secrets that a process is started with are asked for now. */
export async function openTransport(
  transport: McpServerOptions["transport"],
  secrets: CallSecrets,
): Promise<Transport> {
  if (transport.type === "http") return createHttpTransport(transport, secrets);
  const { command, args = [], cwd, stderr = "ignore" } = transport;
  const env = await resolveEnvironment({ inheritEnv: ["PATH", "HOME"], ...transport }, secrets);
  return createStdioTransport({ command, args, cwd, stderr, env });
}
