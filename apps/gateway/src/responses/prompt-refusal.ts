import type { EventOf, Item, RecordedEvent } from "@agentkit/core";

/** The decision that lets the caller's prompt not go on, where the event is one. */
export function toPromptBlock(event: RecordedEvent): EventOf<"ModerationDecided"> | undefined {
  if (event.type !== "ModerationDecided") return undefined;
  const { surface, verdict, mode } = event.data;
  return surface === "user_input" && verdict === "block" && mode === "enforce" ? event : undefined;
}

/**
 * The message of a response whose prompt was blocked: a refusal, as a model would give it. It names the rules, and nothing of
 * what they found.
 */
export function toRefusal({ data: { rules, degraded } }: EventOf<"ModerationDecided">, id: string): Item {
  const names = [...new Set(rules.map((rule) => rule.id))].join(", ");
  const refusal =
    names === ""
      ? `The prompt cannot be checked at present (${degraded?.provider ?? "safety"}: ${degraded?.reason ?? "unknown"}), and does not go on unchecked.`
      : `The safety policy does not let this prompt go on (${names}).`;
  return { id, type: "message", role: "assistant", status: "incomplete", content: [{ type: "refusal", refusal }] };
}
