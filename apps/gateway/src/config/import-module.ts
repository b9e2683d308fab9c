import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import { AgentKitError } from "@agentkit/core";
import { resolveFromGateway } from "./resolve-from-gateway.ts";

/**
 * Loads a file of JavaScript or TypeScript that somebody wrote to configure AgentKit, and gives its default export. What it imports of
 * AgentKit, `zod` and `openai` need not be installed beside it.
 *
 * @param example What its default export is written with, for the message.
 * @throws AgentKitError `config_invalid` where it cannot be loaded or has no default export.
 */
export async function importDefault(path: string, example: string): Promise<unknown> {
  checkLoadable(path);
  const module = await importFile(path);
  if (typeof module === "object" && module !== null && "default" in module) return module.default;
  throw invalid(`'${path}' has no default export. Write: export default ${example}.`);
}

/** Node runs TypeScript by stripping its types from 22.18 on; before that it needs a flag that nobody set. */
function checkLoadable(path: string): void {
  const isTypeScript = extname(path) === ".ts" || extname(path) === ".mts";
  if (!isTypeScript || process.features.typescript !== false) return;
  throw invalid(
    `This Node (${process.version}) cannot load '${path}'. Use Node 22.18 or newer, or write it in JavaScript (.mjs).`,
  );
}

async function importFile(path: string): Promise<unknown> {
  resolveFromGateway();
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (AgentKitError.is(error)) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw invalid(`'${path}' cannot be loaded. ${reason}${adviseInstallation(error, path)}`, error);
  }
}

function adviseInstallation(error: unknown, path: string): string {
  const name = error instanceof Error ? /^Cannot find package '([^']+)'/.exec(error.message)?.[1] : undefined;
  return name === undefined ? "" : `\nInstall it beside the file: cd '${dirname(path)}' && npm install ${name}`;
}

function invalid(message: string, cause?: unknown): AgentKitError {
  return new AgentKitError("config_invalid", message, { cause });
}
