import type { EventData } from "@agentkit/core";

/** What is decided about a text, from the least to the most restrictive: allow, flag, redact, require_approval, block. */
export type Verdict = EventData<"ModerationDecided">["verdict"];

/** Where a text is looked at. */
export type Surface = EventData<"ModerationDecided">["surface"];

/** Which way a rule goes when its detector cannot answer. */
export type FailureMode = "closed" | "queue" | "open";

const ranks: Readonly<Record<Verdict, number>> = { allow: 0, flag: 1, redact: 2, require_approval: 3, block: 4 };

/** Whether a verdict restricts at least as much as another. */
export function isAtLeast(verdict: Verdict, other: Verdict): boolean {
  return ranks[verdict] >= ranks[other];
}

/** The most restrictive of some verdicts; `allow` of none. */
export function mostRestrictive(verdicts: Iterable<Verdict>): Verdict {
  let most: Verdict = "allow";
  for (const verdict of verdicts) if (isAtLeast(verdict, most)) most = verdict;
  return most;
}

/** What a failure comes to: held for a person where it queues, marked for a later look where it lets through; never silent. */
export function verdictOfFailure(mode: FailureMode): Verdict {
  switch (mode) {
    case "closed":
      return "block";
    case "queue":
      return "require_approval";
    case "open":
      return "flag";
  }
}
