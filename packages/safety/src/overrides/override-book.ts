import type { EventData, EventMeta } from "@agentkit/core";
import type { ActiveOverride } from "./active-override.ts";

/** An event as far as overrides are concerned. */
export type OverrideEvent =
  | {
      readonly type: "OverrideGranted";
      readonly id: string;
      readonly data: EventData<"OverrideGranted">;
      readonly meta: Pick<EventMeta, "actor">;
    }
  | { readonly type: "ModerationDecided"; readonly data: EventData<"ModerationDecided"> };

/**
 * Folds the events of overrides: what was granted, and in how many decisions each was used. Pure; those that have expired
 * stay in it, for the record, and are not applied.
 *
 * @example
 * ```ts
 * import { evolveOverrides, type OverrideEvent } from "@agentkit/safety";
 *
 * const granted: OverrideEvent = {
 *   type: "OverrideGranted",
 *   id: "3f0c5b6e-6f0a-4d7e-9a53-0b1f6f0c2d11",
 *   data: { rule: "mail", reason: "ticket 12", scope: "*", expires: "2027-01-01T00:00:00.000Z" },
 *   meta: { actor: "person:ada" },
 * };
 * console.log([granted].reduce(evolveOverrides, [])[0]?.actor); // person:ada
 * ```
 */
export function evolveOverrides(overrides: readonly ActiveOverride[], event: OverrideEvent): readonly ActiveOverride[] {
  switch (event.type) {
    case "OverrideGranted": {
      if (overrides.some(({ id }) => id === event.id)) return overrides;
      const { rule, reason, scope, expires } = event.data;
      const granted = { rule, reason, scope, expires: Date.parse(expires), actor: event.meta.actor };
      return [...overrides, { id: event.id, ...granted, uses: 0 }];
    }
    case "ModerationDecided": {
      const used = event.data.override;
      if (used === undefined) return overrides;
      return overrides.map((override) => (override.id === used ? { ...override, uses: override.uses + 1 } : override));
    }
  }
}
