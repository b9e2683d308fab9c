import { type Guarded, isMessage, type Item, type ModerationDecision } from "@agentkit/core";
import type { Evaluation, RuleFindings, RuleHit } from "../policy/evaluation.ts";
import type { SafetyPolicy } from "../policy/safety-policy.ts";
import { type Examination, joinFindings } from "./examination.ts";
import { askItems, redactItems } from "./asked-items.ts";
import { areTooDeep, sourceOf, itemTexts, toMeasuredText } from "./item-texts.ts";

type GuardedInput = Guarded<readonly Item[]>;

/** Looks at what a caller says: at its size and shape first, then at each of its texts, then at what moderation makes of it. */
export async function guardInput(
  examination: Examination,
  items: readonly Item[],
  heldBy?: ModerationDecision,
): Promise<GuardedInput> {
  if (!examination.concerns("user_input")) return { verdict: "allow", value: items, decisions: [] };
  const { timer } = examination;
  const started = timer();
  const context = examination.context("user_input");
  const conclude = (findings: RuleFindings): Evaluation =>
    examination.decide(findings, context, Math.max(timer() - started, 0));
  if (areTooDeep(items)) return withheld(examination.refuse("too_deep", context));
  const shape = conclude(examination.askShape(toMeasuredText(items), context));
  if (shape.verdict === "block") return withheld(shape);
  const asked = askItems(examination, items, (item) => examination.context("user_input", sourceOf(item)));
  const local = joinFindings(asked.map(({ findings }) => findings));
  const first = conclude(local);
  if (first.verdict === "block") return withheld(first);
  const moderated = await examination.moderate(toModerated(items), context);
  const found = joinFindings([local, moderated]);
  const { verdict, decisions } = conclude(joinFindings([found, toHeldFindings(examination.policy, heldBy, found)]));
  if (verdict === "block") return withheld({ verdict, decisions });
  return { verdict, value: redactItems(examination, items, asked), decisions };
}

/** What held a prompt before holds it still: the rules, as the policy reads what they found. Overrides are applied as to anything. */
function toHeldFindings(
  policy: SafetyPolicy,
  heldBy: ModerationDecision | undefined,
  found: RuleFindings,
): RuleFindings {
  const hits = (heldBy?.rules ?? []).flatMap(({ id, detector, category, score = 1 }): readonly RuleHit[] => {
    // What is still in the prompt was found again.
    if (found.hits.some((hit) => hit.rule.id === id && hit.category === category)) return [];
    const active = policy.rules.find(({ rule }) => rule.id === id);
    const judged = active?.judge(category, score);
    if (active === undefined || judged?.verdict !== "require_approval") return [];
    return [{ rule: active.rule, detector, category, score, ...judged }];
  });
  return { hits, failures: [] };
}

function withheld({ verdict, decisions }: Pick<Evaluation, "verdict" | "decisions">): GuardedInput {
  return { verdict, value: [], decisions };
}

/** What the user says, in the user's words. */
function toModerated(items: readonly Item[]): string {
  return items
    .filter((item) => isMessage(item) && item.role === "user")
    .flatMap(itemTexts)
    .join("\n\n");
}
