import type { ContextItem } from "./input-item.ts";
import type { Reply } from "./replies.ts";
import type { FunctionTool } from "./responses-body.ts";

/** The endpoints that rules can script. */
export type Endpoint = "responses" | "embeddings" | "moderations";

/** A valid request as rules see it. */
export interface ScriptedRequest {
  readonly endpoint: Endpoint;
  readonly model: string;
  /** The text of the newest user message, or the text to embed or to moderate. */
  readonly text: string;
  /** The function call outputs that are newer than any message; empty when a person spoke last. */
  readonly toolOutputs: readonly ToolOutput[];
  /** Everything the model sees: the conversation so far, then the request's own input. */
  readonly items: readonly ContextItem[];
  readonly tools: readonly FunctionTool[];
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a tool answered. */
export interface ToolOutput {
  readonly callId: string;
  readonly output: string;
}

/** Conditions that must all hold. */
export interface MatchConditions {
  /** A string that the newest user text contains, or a pattern it matches. */
  readonly text?: string | RegExp;
  /** Whether tool outputs are what is new; a string or pattern must be found in one of them. */
  readonly toolOutput?: boolean | string | RegExp;
  /** The exact model, or a pattern. */
  readonly model?: string | RegExp;
}

/**
 * Which requests a rule answers. A string or a pattern alone is about what a person has just said: it does not match
 * while tool outputs are what is new, so that a rule that calls a tool is not asked again with the tool's answer.
 */
export type Matcher = string | RegExp | MatchConditions | ((request: ScriptedRequest) => boolean);

/** One line of the script. */
export interface Rule {
  /** Default `responses`. At the other endpoints only errors, faults and paces of the reply have a meaning. */
  readonly at?: Endpoint;
  /** Default: every request. */
  readonly when?: Matcher;
  readonly reply: Reply | ((request: ScriptedRequest) => Reply | Promise<Reply>);
  /** How often the rule answers before it steps aside. Default: always. */
  readonly times?: number;
}

/** The rules of a double, in order. */
export interface RuleBook {
  readonly rules: readonly Rule[];
  /** Puts a rule before all others. */
  use(rule: Rule): void;
  /** Takes the first rule that matches, and counts it. */
  take(request: ScriptedRequest): Rule | undefined;
  /** Goes back to the rules of the start, none of them used. */
  reset(): void;
}

/** Creates the rule book of a double. The first rule that matches wins. */
export function createRuleBook(initial: readonly Rule[]): RuleBook {
  let rules = [...initial];
  let uses = new Map<Rule, number>();
  return {
    get rules() {
      return rules;
    },
    use(rule) {
      rules = [rule, ...rules];
    },
    take(request) {
      const found = rules.find(
        (rule) => (uses.get(rule) ?? 0) < (rule.times ?? Number.POSITIVE_INFINITY) && isMatch(rule, request),
      );
      if (found !== undefined) {
        uses.set(found, (uses.get(found) ?? 0) + 1);
      }
      return found;
    },
    reset() {
      rules = [...initial];
      uses = new Map();
    },
  };
}

/** The reply of the first rule that matches, if one does. */
export async function takeReply(rules: RuleBook, request: ScriptedRequest): Promise<Reply | undefined> {
  const reply = rules.take(request)?.reply;
  return typeof reply === "function" ? await reply(request) : reply;
}

function isMatch(rule: Rule, request: ScriptedRequest): boolean {
  if ((rule.at ?? "responses") !== request.endpoint) {
    return false;
  }
  const { when } = rule;
  if (when === undefined) {
    return true;
  }
  if (typeof when === "function") {
    return when(request);
  }
  const conditions = typeof when === "string" || when instanceof RegExp ? { text: when, toolOutput: false } : when;
  return meets(conditions, request);
}

function meets({ text, toolOutput, model }: MatchConditions, request: ScriptedRequest): boolean {
  if (text !== undefined && !isFound(text, request.text)) {
    return false;
  }
  if (model !== undefined && !(typeof model === "string" ? model === request.model : isFound(model, request.model))) {
    return false;
  }
  if (typeof toolOutput === "boolean") {
    return toolOutput === request.toolOutputs.length > 0;
  }
  return toolOutput === undefined || request.toolOutputs.some(({ output }) => isFound(toolOutput, output));
}

/** `search` rather than `test`: a pattern with the flag `g` must not remember where it stopped in another request. */
function isFound(needle: string | RegExp, haystack: string): boolean {
  return typeof needle === "string" ? haystack.includes(needle) : haystack.search(needle) !== -1;
}
