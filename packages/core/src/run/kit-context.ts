import type { IdSource } from "../runtime/id-source.ts";
import type { AgentSource } from "./definitions.ts";
import type { EnginePorts } from "./engine-ports.ts";

/** What the commands of a kit share. */
export interface KitContext {
  readonly ports: EnginePorts;
  readonly ids: IdSource;
  readonly agents: AgentSource;
  /** A name for whoever appends next: never the same twice, so that nobody takes another's append for its own. */
  readonly nextWriter: () => string;
  /** The agent of a new session when the caller names none. */
  readonly defaultAgent: string | undefined;
}
