/**
 * The scenarios of `@modelcontextprotocol/conformance` that `/mcp` does not pass, each with its reason. The test fails for a
 * scenario that neither passes nor is listed, and for one that is listed and passes.
 */
const noResources = "The gateway serves tools and agents; what a run reads is in its log, not in MCP resources.";
const noPrompts =
  "The gateway serves tools and agents; instructions belong to agents and are not handed out as MCP prompts.";
const noLogging =
  "What a run does is in its log and in progress notifications; logging is deprecated in revision 2026-07-28 and not offered.";
const textOnly =
  "A tool of AgentKit gives text, which is what a model reads and the log keeps; it has no media to serve.";
const nothingAsked =
  "The gateway is stateless and asks nothing of a client: people decide on approvals through AgentKit, models answer at the gateway.";

const noSession =
  "The gateway is stateless: it gives no session id, without which nothing is checked. A run that goes on without its client is read from the log.";

export const conformanceExceptions: Readonly<Record<string, string>> = {
  "completion-complete": "There are no prompts and no resource templates whose arguments could be completed.",
  "elicitation-sep1034-defaults": nothingAsked,
  "elicitation-sep1330-enums": nothingAsked,
  "logging-set-level": noLogging,
  "prompts-get-embedded-resource": noPrompts,
  "prompts-get-simple": noPrompts,
  "prompts-get-with-args": noPrompts,
  "prompts-get-with-image": noPrompts,
  "prompts-list": noPrompts,
  "resources-list": noResources,
  "resources-read-binary": noResources,
  "resources-read-text": noResources,
  "resources-subscribe": noResources,
  "resources-templates-read": noResources,
  "resources-unsubscribe": noResources,
  "server-sse-multiple-streams": noSession,
  "server-sse-polling": noSession,
  "tools-call-audio": textOnly,
  "tools-call-elicitation": nothingAsked,
  "tools-call-embedded-resource": textOnly,
  "tools-call-image": textOnly,
  "tools-call-mixed-content": textOnly,
  "tools-call-sampling": nothingAsked,
  "tools-call-with-logging": noLogging,
};
