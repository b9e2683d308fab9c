import module from "node:module";

/** What a configuration imports as a rule, and what the gateway therefore brings. */
const brought = /^(?:@agentkit\/[^/]+|zod|openai)(?:\/|$)/;

let installed = false;

/**
 * Lets configuration files import AgentKit's packages, `zod` and `openai` where these are not installed beside the file: they are then
 * resolved as the gateway resolves them. What a file finds beside itself comes first, and packages in `node_modules` are
 * left alone. Stays for the process, because a configuration may import later, when its log is opened.
 */
export function resolveFromGateway(): void {
  // Node has these hooks from 22.15 on; before that only what is installed beside the file is found.
  if (installed || typeof module.registerHooks !== "function") return;
  installed = true;
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!brought.test(specifier) || /[\\/]node_modules[\\/]/.test(context.parentURL ?? "")) throw error;
        return resolveHere(() => nextResolve(specifier, { ...context, parentURL: import.meta.url }), error);
      }
    },
  });
}

/** What the gateway does not have either is missing beside the file, and the first error says so. */
function resolveHere<T>(resolve: () => T, first: unknown): T {
  try {
    return resolve();
  } catch {
    throw first;
  }
}
