import type { EventData } from "@agentkit/core";
import type { EvaluationContext } from "../policy/evaluation.ts";

/** An exception to one rule that a person has granted. */
export interface ActiveOverride {
  /** The id of its event. */
  readonly id: string;
  readonly rule: string;
  readonly reason: string;
  /** `*`, or a kind and a name: `session:…`, `agent:…`, `tenant:…`, `surface:…`. */
  readonly scope: string;
  /** When it ends, in milliseconds since 1970. */
  readonly expires: number;
  /** Who granted it. */
  readonly actor: string | undefined;
  /** In how many decisions it was used. */
  readonly uses: number;
}

/** What an override may be limited to. */
export const overrideScopes = ["session", "agent", "tenant", "surface"] as const;

/** Whether a scope is one that an override can have. */
export function isOverrideScope(scope: EventData<"OverrideGranted">["scope"]): boolean {
  return scope === "*" || overrideScopes.some((kind) => scope.startsWith(`${kind}:`) && scope.length > kind.length + 1);
}

/** The override that lets a rule go, here and now, if there is one. */
export function findOverride(
  rule: string,
  context: Pick<EvaluationContext, "overrides" | "time" | (typeof overrideScopes)[number]>,
): ActiveOverride | undefined {
  const { overrides = [], time } = context;
  if (time === undefined) return undefined;
  return overrides.find(
    (override) =>
      override.rule === rule &&
      override.expires > time &&
      (override.scope === "*" ||
        overrideScopes.some((kind) => context[kind] !== undefined && override.scope === `${kind}:${context[kind]}`)),
  );
}
