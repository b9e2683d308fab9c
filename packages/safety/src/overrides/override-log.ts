import {
  AgentKitError,
  type Clock,
  decodeEvent,
  type EventData,
  eventId,
  type EventLog,
  type IdSource,
  type NewEvent,
  systemClock,
  systemIds,
} from "@agentkit/core";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import type { ActiveOverride } from "./active-override.ts";
import { grantOverride } from "./grant-override.ts";
import { evolveOverrides } from "./override-book.ts";
import type { OverrideSource } from "./override-source.ts";

/** Where overrides stand in the log. They hold for sessions, agents, tenants and surfaces alike, so no session has them. */
export const overrideStream = "safety-overrides";

/**
 * Makes the source of the overrides that a log has. Each question reads what was granted since the one before, by any process.
 * When the log cannot be read there are none: nothing is let through by mistake.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { createOverrideBook } from "@agentkit/safety";
 *
 * console.log((await createOverrideBook(createInMemoryEventLog()).current()).length); // 0
 * ```
 */
export function createOverrideBook(log: Pick<EventLog, "readStream">): OverrideSource {
  let known: readonly ActiveOverride[] = [];
  let next = 0;
  return {
    async current() {
      try {
        for await (const stored of log.readStream(overrideStream, { from: next })) {
          const event = decodeEvent(stored);
          // Questions that are asked at the same time read the same events; each is folded once.
          if (event.type === "OverrideGranted") known = evolveOverrides(known, event);
          next = Math.max(next, stored.revision + 1);
        }
        return known;
      } catch {
        return [];
      }
    },
  };
}

/** What {@link recordOverride} needs besides the override. */
export interface RecordOverrideOptions {
  /** Who grants it, as in the envelope's `actor`: `person:ada`. */
  readonly actor: string;
  /** The policy in force, which must have the rule. */
  readonly policy: SafetyPolicy;
  readonly clock?: Clock;
  readonly ids?: IdSource;
}

/** Others may grant at the same time. */
const mostAttempts = 20;

/**
 * Grants an override: checks it and records it, with who granted it. It holds from the next question on, in every process on
 * the log, and ends by itself when it expires.
 *
 * @returns the id of its event, which decisions name.
 * @throws AgentKitError `input_invalid` as `grantOverride` does, also for a missing actor, and the errors of the log.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { createPiiDetector, defineSafetyPolicy, recordOverride } from "@agentkit/safety";
 *
 * const rule = { id: "mail", detector: "pii", surfaces: ["user_input"], action: "block", onFailure: "closed" } as const;
 * const policy = defineSafetyPolicy({ id: "p", version: "1", rules: [rule] }, { detectors: [createPiiDetector()] });
 * const expires = new Date(Date.now() + 3_600_000).toISOString();
 * const wanted = { rule: "mail", reason: "ticket 12", scope: "session:a1", expires };
 * await recordOverride(createInMemoryEventLog(), wanted, { actor: "person:ada", policy });
 * ```
 */
export async function recordOverride(
  log: Pick<EventLog, "append" | "head">,
  override: EventData<"OverrideGranted">,
  { actor, policy, clock = systemClock, ids = systemIds }: RecordOverrideOptions,
): Promise<string> {
  const time = clock.now();
  if (actor.trim() === "") {
    throw new AgentKitError("input_invalid", "An override needs the person who grants it.", { param: "actor" });
  }
  const event: NewEvent = {
    id: eventId({ stream: overrideStream, run: ids.next(), step: 0, index: 0 }),
    type: "OverrideGranted",
    version: 1,
    time: new Date(time).toISOString(),
    data: grantOverride(override, { policy, time }),
    meta: { actor, policyHash: policy.hash },
  };
  for (let attempt = 1; ; attempt += 1) {
    const head = await log.head(overrideStream);
    try {
      await log.append(overrideStream, [event], { expected: head ?? "no_stream" });
      return event.id;
    } catch (error) {
      const isRace = AgentKitError.is(error) && error.code === "concurrency_conflict";
      if (!isRace || attempt === mostAttempts) throw error;
    }
  }
}

/**
 * Reads every override that was granted, with the number of decisions in which each was used: reads the decisions of the whole
 * log. Expired ones are among them.
 *
 * @example
 * ```ts
 * import { createInMemoryEventLog } from "@agentkit/core";
 * import { readOverrides } from "@agentkit/safety";
 *
 * console.log(await readOverrides(createInMemoryEventLog())); // []
 * ```
 */
export async function readOverrides(log: Pick<EventLog, "readAll">): Promise<readonly ActiveOverride[]> {
  let overrides: readonly ActiveOverride[] = [];
  const filter = { types: ["OverrideGranted", "ModerationDecided"] };
  for await (const stored of log.readAll({ filter })) {
    const event = decodeEvent(stored);
    if (event.type === "OverrideGranted" || event.type === "ModerationDecided") {
      overrides = evolveOverrides(overrides, event);
    }
  }
  return overrides;
}
