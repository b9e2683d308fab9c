import type { AccessPolicy } from "../access/access-policy.ts";
import type { ApprovalAuthority } from "../approvals/approval-authority.ts";
import type { IdSource } from "../runtime/id-source.ts";
import type { AgentSource, DefinitionSource } from "./definitions.ts";
import type { EnginePorts } from "./engine-ports.ts";

/** What the commands of a kit share. */
export interface KitContext {
  readonly ports: EnginePorts;
  readonly ids: IdSource;
  readonly agents: AgentSource;
  readonly policy: AccessPolicy | undefined;
  readonly authority: ApprovalAuthority | undefined;
  /** A name for whoever appends next: never the same twice, so that nobody takes another's append for its own. */
  readonly nextWriter: () => string;
  /** The agent of a new session when the caller names none. */
  readonly defaultAgent: string | undefined;
}

/** Where a kit's definitions come from. */
export function definitionSource({ agents, ports, policy }: KitContext): DefinitionSource {
  return { agents, contents: ports.contents, policy, safety: ports.safety };
}
