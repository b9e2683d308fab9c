import { AgentKitError } from "@agentkit/core";

/** A signal that aborts at the first SIGINT or SIGTERM. The second one ends the process at once, as if nobody listened. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const names = ["SIGINT", "SIGTERM"] as const;
  const onSignal = (): void => {
    for (const name of names) process.off(name, onSignal);
    stop.abort(new AgentKitError("aborted", "The command was told to stop."));
  };
  for (const name of names) process.on(name, onSignal);
  return stop.signal;
}
