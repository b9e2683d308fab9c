import { setTimeout as sleep } from "node:timers/promises";
import { AgentKitError, type RecoveredRun, type RunResult } from "@agentkit/core";
import {
  createGateway,
  type GatewayServer,
  type Recovery,
  type RequestEntry,
  serveGateway,
  startRecovery,
  toRequestLine,
} from "@agentkit/gateway";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { toPlainText } from "../terminal/plain-text.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

interface ServeFlags {
  readonly quiet?: true;
}

/** `agentkit serve`: the gateway, until it is told to stop. */
export const serveCommand: CliCommand = {
  syntax: "serve",
  description: "Serve the agents to OpenAI clients until interrupted",
  access: "create",
  configure: (command) => {
    command
      .option("--port <port>", "default: PORT, then 8787; 0 takes any free one")
      .option("--host <host>", "default: HOST, then 127.0.0.1")
      .option("-q, --quiet", "no line for each request on standard error");
  },
  async perform(context) {
    const stop = stopSignal();
    const stopped = untilAborted(stop);
    const server = await startServer(context);
    printBanner(context, server.url);
    const recovery = recoverRuns(context);
    const projecting = project(context, stop);
    await stopped;
    if (!context.json) context.terminal.line("Stopping ...");
    await Promise.all([server.close(), recovery.close(), projecting]);
    return exitCode.ok;
  },
};

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function startServer({ config, runtime, command, terminal }: CommandContext): Promise<GatewayServer> {
  const { kit, log, model, agents, demo, modelAccess, sessions, mcp, approvals, safety, authenticate } = runtime;
  const { host, port } = config.environment;
  const quiet = command.opts<ServeFlags>().quiet === true;
  const onRequest = (entry: RequestEntry): void => (quiet ? undefined : terminal.note(toRequestLine(entry)));
  const served = { kit, log, model, agents, modelAccess, sessions, mcp, approvals, safety, authenticate, demo };
  const gateway = createGateway({ ...served, onRequest });
  try {
    return await serveGateway(gateway, { host, port });
  } catch (error) {
    throw explainAddress(error, `${host}:${port}`);
  }
}

function recoverRuns({ runtime, terminal, invocation }: CommandContext): Recovery {
  return startRecovery({
    kit: runtime.kit,
    olderThanMs: runtime.orphanedAfterMs,
    onRun: (run) => terminal.note(toPlainText(toRecoveryLine(run, invocation))),
    onError: (error) => terminal.note(`recovery failed: ${error instanceof Error ? error.message : String(error)}`),
  });
}

/** How long after a failure projecting is tried again. */
const projectAgainMs = 5_000;

/**
 * Keeps the projections up to date while the server runs, again after a log that was away for long is back. It serves without
 * them: whoever reads one catches up first.
 */
async function project({ runtime, terminal }: CommandContext, signal: AbortSignal): Promise<void> {
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      await runtime.projector.run(signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) terminal.note(toPlainText(`projecting failed, and is tried again: ${reason}`));
      told = reason;
    }
    await sleep(projectAgainMs, undefined, { signal }).catch(() => undefined);
  }
}

function toRecoveryLine(run: RecoveredRun, invocation: CommandContext["invocation"]): string {
  switch (run.status) {
    case "resumed":
      return `recovered session ${run.session}: ${run.result.outcome}`;
    case "suspended":
      return toWaitLine(run.result, invocation);
    case "failed":
      return `session ${run.session} cannot be recovered: ${run.error.code}: ${run.error.message}`;
    case "left_alone":
      return `session ${run.session} is left alone: ${run.reason}`;
  }
}

function toWaitLine({ session, waiting }: RunResult, invocation: CommandContext["invocation"]): string {
  const reasons = waiting.map(({ reason }) => reason);
  if (reasons.includes("outcome_unknown")) {
    return `session ${session} waits for a decision: ${invocation(`resume ${session}`)}`;
  }
  if (reasons.includes("approval_required")) {
    return `session ${session} waits for an approval: ${invocation(`approvals ${session}`)}`;
  }
  return `session ${session} waits for another run, or for a time`;
}

const addressFaults = new Map([
  ["EADDRINUSE", "is in use: stop what listens there, or choose another port by --port or PORT (0 takes any free one)"],
  ["EACCES", "needs privileges: choose a port above 1023 by --port or PORT"],
  ["EADDRNOTAVAIL", "is not an address of this machine: choose another by --host or HOST"],
  ["ENOTFOUND", "is not a host that can be found: choose another by --host or HOST"],
]);

function explainAddress(error: unknown, address: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const fault = addressFaults.get(code);
  return fault === undefined ? error : new AgentKitError("config_invalid", `${address} ${fault}.`, { cause: error });
}

function printBanner({ terminal, runtime, config, json, invocation }: CommandContext, url: string): void {
  const { agents, demo, modelDescription, logDescription } = runtime;
  const names = agents.map(({ name }) => name);
  if (!isLoopback(config.environment.host) && runtime.authenticate === undefined) {
    terminal.note(
      `warning: ${config.environment.host} can be reached from other machines, and nobody is asked who they are. Set 'apiKeys' or 'authenticate' in the configuration, or put a proxy with authentication in front.`,
    );
  }
  if (json) {
    terminal.json({ url, demo, model: modelDescription, log: logDescription, agents: names });
    return;
  }
  const { colors } = terminal;
  const agent = names[0] ?? "";
  const body = JSON.stringify({ model: agent, input: "What is 6 * 7?" });
  terminal.line(`${colors.bold("AgentKit")} serves at ${colors.cyan(url)}`);
  if (demo)
    terminal.line(
      `  ${colors.inverse(" DEMO ")}  ${colors.yellow("no OPENAI_API_KEY and no OPENAI_BASE_URL is set: a few phrases are understood, offline")}`,
    );
  terminal.line(`  model   ${modelDescription}`);
  terminal.line(`  log     ${logDescription}`);
  terminal.line(`  agents  ${names.join(", ")}`);
  terminal.line(`  access  ${runtime.authenticate === undefined ? "everybody who can connect" : "by authentication"}`);
  terminal.line(`  config  ${config.path ?? "none (the defaults)"}`);
  terminal.line();
  terminal.line("Paste this:");
  terminal.line(
    `  curl -s ${url}/v1/responses -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'`,
  );
  terminal.line("or, with the openai SDK:");
  terminal.line(`  const client = new OpenAI({ baseURL: "${url}/v1", apiKey: "any" });`);
  terminal.line(`  console.log((await client.responses.create(${body})).output_text);`);
  terminal.line("and then look into the log:");
  terminal.line(`  ${invocation("sessions")}`);
  terminal.line();
  terminal.line(colors.dim("Ctrl-C stops it."));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
