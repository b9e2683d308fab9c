import { type InjectionRule, toPattern } from "./injection-rule.ts";

/** What an injection wants to have forgotten, always with a word that says whose: `previous instructions`, `your rules`. */
const instructions = String.raw`(?:instructions?|directives?|directions|prompts?|rules|guidelines|commands?|orders|constraints|programming|training|policies|restrictions|context|system message)\b`;
const earlier = String.raw`(?:previous|prior|above|earlier|preceding|foregoing|former|initial|original|existing|past|system|your|other)(?! (?:questions?|remarks?|comments?|e-?mails?|suggestions?|ideas?) (?:about|on|regarding)\b)`;
/** `the instructions manual` is a thing, and `my earlier question about the rules` a person's own. */
const noThing = String.raw`(?! (?:manuals?|booklets?|leaflets?|sheets?|videos?)\b)`;
const dismiss = String.raw`\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|bypass|neglect|discard|drop|do not follow|don't follow|stop following|pay no attention to|skip)`;
const secret = String.raw`(?:pass ?words?|pass ?codes?|pass ?phrases?|secrets?(?=\s*(?:[?.!,"'<]|$))|secret (?:keys?|phrases?|words?|codes?)|api keys?|credentials|access tokens?|confidential (?:data|information|string)|private keys?)\b(?! (?:requirements?|polic|thie|managers?|resets?|fields?|strength|hash|generators?|length|forms?|protect|rules))`;
const personal = String.raw`(?:personal (?:data|information|details)|passwords?|secrets?|e-?mail address|bank balance|(?:birth ?date|date of birth)|home address|city of residence|credit card|social security)`;
const speak = String.raw`(?:say|state|output|print|respond|answer|reply|repeat|give|tell|write|return|reveal|show|translate|claim|act|follow|do)`;

/** Forms in English, and those that no language changes. They are matched against the skeleton of a text. */
export const injectionRules: readonly InjectionRule[] = [
  {
    rule: "dismiss-instructions",
    category: "injection.override",
    weight: 0.95,
    pattern: toPattern(`${dismiss} … ${earlier} … ${instructions}${noThing}`),
  },
  {
    rule: "dismiss-all",
    category: "injection.override",
    weight: 0.9,
    pattern: toPattern(
      `${dismiss} (?:all|any|every|everything)(?: of)?(?: the| these| those| that)? (?:instructions?|rules|guidelines|(?:written |said )?(?:above|before))\b(?! (?:in|of|for|from|about|the)\b)`,
    ),
  },
  {
    rule: "dismiss-and-do",
    category: "injection.override",
    weight: 0.8,
    pattern: toPattern(
      String.raw`${dismiss} (?:the|this|that|all|everything) … (?:and|then|but) (?:instead )?${speak}\b`,
    ),
  },
  {
    rule: "dismiss-topic",
    category: "injection.override",
    weight: 0.6,
    pattern:
      /(?:^|[.!?:]\s{0,3})forget (?:about )?(?:that|everything|what i said)\b(?: above| before)?\s{0,2}[,.;!](?!\s{0,2}(?:let's|let us|we'll|we should|i meant)\b)/gi,
  },
  {
    rule: "new-instructions",
    category: "injection.override",
    weight: 0.8,
    pattern: toPattern(
      String.raw`\b(?:here are|these are|following are|follow (?:these|my)) (?:your |the |my )?(?:new|updated|real|actual) (?:instructions?|rules|task|orders)\b|\bnew (?:instructions?|rules|orders)\s{0,2}:`,
    ),
  },
  {
    rule: "from-now-on",
    category: "injection.override",
    weight: 0.7,
    pattern: toPattern(
      String.raw`\bfrom now on … you (?:will|must|are|shall|should|can (?:do|say|speak|answer|ignore)|respond|answer|act)\b`,
    ),
  },
  {
    rule: "jailbreak-persona",
    category: "injection.jailbreak",
    weight: 0.9,
    pattern: toPattern(
      String.raw`\bdo anything now\b|\bstands for 'do anything|\b(?:developer|god|jailbreak|dan|sudo|unrestricted|unfiltered) mode (?:enabled|activated|on(?! \w)|output|engaged|unlocked)\b|\byou are (?:now )?(?:going to )?(?:act as |be )?(?:a |an )?(?:dan|stan|dude|aim|evilbot)\b`,
    ),
  },
  {
    rule: "no-limits",
    category: "injection.jailbreak",
    weight: 0.8,
    pattern: toPattern(
      String.raw`\b(?:you|ai|assistant|model|it|they|that) (?:now )?(?:has|have|had|with|without|is|are)(?: been)?(?: absolutely)? (?:no (?:longer )?(?:any )?|free(?:d)? (?:of|from) |broken free (?:of|from) |not bound by |unbound by )… (?:restrictions?|rules|limits|limitations|filters?|confines|censorship|guidelines|ethics|morals|safeguards)\b(?! (?:on|of|in|for|regarding)\b)`,
    ),
  },
  {
    rule: "no-filters",
    category: "injection.jailbreak",
    weight: 0.7,
    pattern: toPattern(
      String.raw`\b(?:respond|answer|reply|act|behave|speak|talk)(?: to me)? … without (?:any |your )?(?:restrictions?|filters?|filtering|censorship|limitations|ethical|moral|safety|disclaimers?)\b|\bno special filters?\b|\b(?:disable|turn off|remove) (?:all |any )?(?:of )?your … (?:filters?|safety|safeguards|guardrails|restrictions|censorship)\b`,
    ),
  },
  {
    rule: "other-model",
    category: "injection.jailbreak",
    weight: 0.7,
    pattern: toPattern(
      String.raw`\b(?:immerse yourself|role ?play|pretend|act|simulate|become)\b … (?:another|an unrestricted|an unfiltered|an uncensored|an evil|an amoral) (?:ai|model|assistant|language model|chatbot)\b(?! of\b)`,
    ),
  },
  {
    rule: "reveal-prompt",
    category: "injection.extraction",
    weight: 0.85,
    pattern: toPattern(
      String.raw`\b(?:reveal|show|print|repeat|output|display|tell|give|share|leak|dump|recite|expose|write|what (?:is|are|was|were)|what's) … (?:(?:system|initial|original|hidden|developer) (?:prompts?|instructions?|message)|your (?:prompts?|instructions|rules|guidelines|configuration(?! (?:files?|director(?:y|ies)|folder|paths?|location)\b)))\b(?! (?:for|on|about|to|how|engineering|design|tips|advice|templates?|library|queue|box|board|log|bus|handler|format|size|types?|ids?)\b)`,
    ),
  },
  {
    rule: "repeat-above",
    category: "injection.extraction",
    weight: 0.8,
    pattern: toPattern(
      String.raw`\b(?:repeat|print|output|copy|recite|return|summari[sz]e) (?:everything|all|the (?:words|text|content|conversation|instructions?)|what (?:is|was))(?: written)?(?: of it)? (?:above|before (?:this|the))\b(?! (?:the|this|that|ground|average|zero|in (?:one|two|three|four|five|\d|a few|bullets?|points))\b)`,
    ),
  },
  {
    rule: "reveal-secret",
    category: "injection.extraction",
    weight: 0.8,
    pattern: toPattern(
      String.raw`\b(?:reveal|show|print|output|display|tell|give|share|leak|dump|send|provide|confirm|say|what (?:is|are|was|were|would)|what's|if)(?: me| us)?(?: again)? your ${secret}`,
    ),
  },
  {
    rule: "ask-secret",
    category: "injection.extraction",
    weight: 0.6,
    pattern: toPattern(
      String.raw`\b(?:tell|give|provide|confirm|reveal|share|write|show)(?: me| us| down)?(?: with)? the (?:secret |admin |system |user |user's )?${secret}|\bwhat(?: is|'s) the (?:secret |admin )?(?:password|pass ?code|pass ?phrase|secret key)\b(?! (?:polic|requirements?|field|length|strength))|\b(?:poem|haiku|song|story|rhyme|acrostic) about the (?:password|secret|passphrase)(?=\s*(?:[.?!]|$))`,
    ),
  },
  {
    rule: "fake-turn",
    category: "injection.spoofing",
    weight: 0.9,
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|eot_id)\|>|\[\/?INST\]|<<\/?SYS>>|<\\?\/?system[_ ](?:mode|prompt|message|override|instructions?)>|(?:^|\n)\s{0,4}#{2,4}\s{0,2}(?:(?:system|instruction|new task)\s{0,2}:|instructions\s{0,2}:\s{0,4}(?:you|ignore|disregard|override|respond|reply|answer)\b)|(?:^|\n)\s{0,4}(?:\[system\]|<system>|system:)\s{0,4}(?:you|ignore|new|the|override)/gi,
  },
  {
    rule: "fake-mode",
    category: "injection.spoofing",
    weight: 0.75,
    pattern: toPattern(
      String.raw`\b(?:system|admin|administrator|debug|maintenance|override|root|god|developer) (?:mode|override)\s{0,2}(?:activated|enabled(?!:)|initiated|confirmed|on\b(?! \w)|engaged|:|>)|\bin (?:override|admin|god|sudo) mode\b|\b(?:initiating|running|performing) a ['"]?(?:system|security) (?:reset|check|audit|override|test)\b`,
    ),
  },
  {
    rule: "authority",
    category: "injection.spoofing",
    weight: 0.6,
    pattern: toPattern(
      String.raw`\b(?:i am|i'm|this is|imagine i'm) (?:(?:your|a system) (?:developer|creator|maker|owner|programmer|administrator|system administrator|admin|maintainer|operator|boss)|the … (?:of|behind) (?:your|this) (?:system|model|ai|assistant|chatbot))\b|\bi am god\b|\bi'm the president\b|\bas an ai developed by\b|\bi am a police officer\b`,
    ),
  },
  {
    rule: "bribe",
    category: "injection.spoofing",
    weight: 0.6,
    pattern: toPattern(
      String.raw`\bi(?:'ll| will| am going to) (?:give|pay|tip|send|transfer) you (?:[$€£]\s?\d|\d{1,9} ?(?:dollars|euros|usd|eur|pounds|bitcoin))`,
    ),
  },
  {
    rule: "pretext",
    category: "injection.jailbreak",
    weight: 0.6,
    pattern: toPattern(
      String.raw`\b(?:imagine|suppose|hypothetically|pretend|let's (?:say|assume|imagine)|in a (?:hypothetical|fictional|parallel|world|scenario))\b[^\n]{0,240}?\b(?:tell me|give me|what would your|share with me|reveal|provide me)[^\n.?]{0,80}?\b${personal}`,
    ),
  },
  {
    rule: "split-payload",
    category: "injection.obfuscation",
    weight: 0.7,
    pattern: toPattern(
      String.raw`\b[a-z] ?= ?["'][^"'\n]{1,80}["'][^\n]{0,160}?\b[a-z] ?\+ ?[a-z] ?\+ ?[a-z]\b|\b(?:combine|concatenate|interlace|join) (?:a, b|part 1|parts? (?:a|1|one)|the (?:strings|parts|letters))[^\n]{0,120}?(?:answer|execute|follow|question|part 2)`,
    ),
  },
  {
    rule: "encoded",
    category: "injection.obfuscation",
    weight: 0.55,
    pattern: toPattern(
      String.raw`\b(?:decode|decipher|decrypt)(?: this| the)? (?:following )?(?:base ?64|morse|binary|hex|hexadecimal|rot13|caesar|pig latin)[^\n]{0,40}? and (?:tell|do|follow|execute|answer|say|respond|run)\b|\b(?:write|give|say|spell|print|output|encode|provide)[^\n.]{0,30}?\b(?:password|secret|pass ?phrase|key|instructions|prompt)[^\n.]{0,30}?\b(?:in|using|as) (?:base ?64|morse|leetspeak|binary|rot13|hex|reverse|pig latin)\b`,
    ),
  },
  {
    rule: "conceal",
    category: "injection.indirect",
    weight: 0.45,
    pattern: toPattern(
      String.raw`\b(?:do not|don't|never|without) (?:tell|telling|inform|informing|mention|mentioning|alert|alerting|notify|notifying|reveal|show)(?: this| it| anything)?(?: to)? (?:the )?(?:user|human|customer|reader|person)\b`,
    ),
  },
  {
    rule: "addressed-to-model",
    category: "injection.indirect",
    weight: 0.45,
    pattern: toPattern(
      String.raw`\b(?:attention|note|message|instructions?|important)(?: message| note| instructions?)? (?:to|for) (?:the |any |all )?(?:ai|llm|language models?|assistants?|chatbots?|ai (?:agents?|assistants?|models?))\b|\b(?:if|when) you(?: are|'re) (?:an? )?(?:ai|llm|language model|assistant|chatbot|ai agent)\b|\b(?:ai|llm|assistant|chatbot|agent)s? (?:must|should|will|has to|needs? to|reading this)\b`,
    ),
  },
  {
    rule: "carry-away",
    category: "injection.indirect",
    weight: 0.45,
    pattern: toPattern(
      String.raw`\b(?:send|forward|e-?mail|post|upload|transmit|exfiltrate|submit|deliver) (?:it|them|this|that|all|the|your|every|any|a copy)\b[^\n]{0,80}?\b(?:to|at) (?:https?:|[\w.+-]{1,40}@[\w-]{1,40}\.)`,
    ),
  },
  {
    rule: "told-to",
    category: "injection.indirect",
    weight: 0.45,
    pattern: toPattern(
      String.raw`\byou(?:'ve| have| are) been (?:instructed|ordered|told|authori[sz]ed|asked) to\b|\bplease output the following\b|\b(?:request|tell|ask|urge)(?:ing)? the user (?:to )?(?:go|visit|click|log ?in|enter|reset|download)\b`,
    ),
  },
  {
    rule: "dictated-result",
    category: "injection.indirect",
    weight: 0.45,
    pattern: toPattern(
      String.raw`\b(?:consider|assume|let's state|might state|we state|claim|report)(?: that)? the (?:output|result|sum|answer|conclusion|total|function)\b|\bthe (?:output|result|answer) could be '|\bignore the (?:function|actual|data|table|code|text|rest)\b`,
    ),
  },
];
