import type { SafetyScope } from "@agentkit/core";

/** The session whose placeholders a text has: those of forks are those of the session that they come from. */
export function toPlaceholderSession({ session, family = session }: SafetyScope): string {
  return family;
}
