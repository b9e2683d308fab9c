import { parsePrincipal } from "../access/principal.ts";
import type { Principal } from "../access/principal.ts";
import { toContent } from "../agent/call-definition.ts";
import type { Content } from "../agent/call-definition.ts";
import { AgentKitError } from "../errors/agent-kit-error.ts";
import type { EventDraft } from "../events/catalogue.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import { parseTools } from "../model/definition-schemas.ts";
import type { Item } from "../model/items.ts";
import type { FunctionTool } from "../model/model.ts";
import { agentNotFound, resolveDefinition } from "../run/definitions.ts";
import { definitionSource } from "../run/kit-context.ts";
import type { KitContext } from "../run/kit-context.ts";
import type { SafetyScope } from "../safety/guard.ts";
import { toDecided } from "../safety/look-again.ts";
import { redactText } from "../safety/redact-definition.ts";
import type { Safety } from "../safety/safety.ts";
import { acceptPrompt } from "../session/accept-prompt.ts";
import { initialState } from "../session/session-state.ts";
import type { RunRequest, SessionState } from "../session/session-state.ts";
import { checkSessionId } from "../session/session-stream.ts";
import { checkApprovals } from "./check-agents.ts";
import type { PreparedDrive } from "./resume-run.ts";
import { toItems } from "./run-options.ts";
import type { RunOptions } from "./run-options.ts";

/** What links a run to the call of another that it is for. */
export interface RunLink {
  readonly run: string;
  readonly parent: { readonly session: string; readonly run: string; readonly callId: string };
  readonly depth: number;
  /** Whether the session of the call holds what nobody vouches for. */
  readonly isUntrusted: boolean;
}

/**
 * Checks that a run can start and says what it starts from. Nothing has been appended when this throws.
 *
 * @throws AgentKitError `session_busy`, `session_suspended`, `agent_not_found`, `input_invalid`, `input_item_unpaired`.
 */
export async function prepareRun(context: KitContext, options: RunOptions, link?: RunLink): Promise<PreparedDrive> {
  const session = options.session ?? context.ids.next();
  checkSessionId(session);
  const state = (await context.ports.sessions.load(session)) ?? initialState(session);
  checkReady(state);
  const given = toItems(options.input);
  acceptPrompt(given, state.pendingClientCalls);
  // A copy: the caller may go on with its own items, and what was recorded must be what is sent.
  const items = structuredClone([...given]);
  const agent = chooseAgent(context, options, state);
  const { safety } = context.ports;
  const { request, contents } = toRunRequest(options, link, safety);
  await context.ports.contents.record(contents);
  const origin = { agent, request, state };
  const definition = await resolveDefinition(origin, definitionSource(context));
  checkApprovals(
    [...(definition.others?.values() ?? [])].map((other) => other.agent),
    context,
  );
  const run = link?.run ?? context.ids.next();
  const scope = {
    session,
    family: state.family,
    run,
    agent,
    tenant: request.principal?.tenant,
    signal: options.signal,
  };
  const prompt = await lookAtPrompt(safety, items, scope);
  const parent = link && { parent: link.parent };
  const started: EventDraft[] = state.revision === -1 ? [{ type: "SessionStarted", data: { agent, ...parent } }] : [];
  const hasRequest = Object.keys(request).length > 0;
  return {
    state,
    run,
    definition,
    observed: [...started, { type: "RunStarted", data: { run, agent, ...(hasRequest && { request }) } }, ...prompt],
    writer: context.nextWriter(),
    signal: options.signal,
  };
}

/** What is recorded of a prompt: what was decided about it, and the prompt itself unless it must not go on. */
async function lookAtPrompt(
  safety: Safety | undefined,
  items: readonly Item[],
  scope: SafetyScope,
): Promise<readonly EventDraft[]> {
  if (safety === undefined) return [{ type: "PromptReceived", data: { items: [...items] } }];
  const guarded = await safety.guard.input(items, scope);
  if (guarded.verdict === "block") return toDecided(guarded);
  return [...toDecided(guarded), { type: "PromptReceived", data: { items: [...guarded.value] } }];
}

function checkReady({ active, base, session }: SessionState): void {
  // A run that a fork inherited and has not taken up is nobody's: a new prompt takes its place.
  if (active === undefined || active.turn.to < base) return;
  const { status } = active.turn;
  if (status === "suspended") {
    const message =
      active.prompt === "held"
        ? `The prompt of session '${session}' is held by the safety policy. Cancel the run, or resume it once it may go on.`
        : `Session '${session}' waits for a decision on a tool call. Decide with resume, or fork the session.`;
    throw new AgentKitError("session_suspended", message, { param: "session" });
  }
  const message = `A run of session '${session}' is under way, or was interrupted. Wait for it, resume it, or fork the session.`;
  throw new AgentKitError("session_busy", message, { param: "session", retryable: true });
}

function chooseAgent(context: KitContext, options: RunOptions, state: SessionState): string {
  const { active, overrides, turns } = state;
  const name = options.agent ?? overrides.agent ?? active?.agent ?? turns.last()?.agent ?? context.defaultAgent;
  if (name !== undefined && context.agents(name) === undefined) throw agentNotFound(name);
  if (name !== undefined) return name;
  throw new AgentKitError("input_invalid", "There is more than one agent: name the one to run.", { param: "agent" });
}

interface RequestWithContents {
  readonly request: RunRequest;
  readonly contents: readonly Content[];
}

function toRunRequest(options: RunOptions, link: RunLink | undefined, safety: Safety | undefined): RequestWithContents {
  const { metadata, origin } = options;
  const principal = toPrincipal(options.principal);
  const contents = toRequestContents(options, safety);
  const request: RunRequest = {
    ...Object.fromEntries(contents.map(({ kind, hash }) => [kind, hash])),
    ...(metadata && { metadata }),
    ...origin,
    ...(principal && { principal }),
    ...(link && { depth: link.depth }),
    ...(link?.isUntrusted === true && { trust: "untrusted" }),
  };
  return { request, contents };
}

function toRequestContents(
  { instructions, tools, settings }: RunOptions,
  safety: Safety | undefined,
): readonly Content[] {
  const hasText = instructions !== undefined && instructions !== "";
  const hasSettings = settings !== undefined && Object.keys(settings).length > 0;
  return [
    ...(hasText ? [toContent("instructions", redactText(safety, instructions))] : []),
    ...(tools !== undefined && tools.length > 0 ? [toToolsContent(tools, safety)] : []),
    ...(hasSettings ? [toContent("settings", redactText(safety, canonicalJson(settings)))] : []),
  ];
}

function toPrincipal(principal: Principal | undefined): Principal | undefined {
  const parsed = principal && parsePrincipal(principal);
  if (principal === undefined || parsed !== undefined) return parsed;
  const message = "A principal has roles, and may have a user and a tenant: names of 1 to 200 characters.";
  throw new AgentKitError("input_invalid", message, { param: "principal" });
}

function toToolsContent(tools: readonly FunctionTool[], safety: Safety | undefined): Content {
  const content = toContent("tools", redactText(safety, canonicalJson(tools)));
  try {
    parseTools(content.content);
  } catch (cause) {
    const message = "A function tool has type, name, description, parameters and strict, and nothing else.";
    throw new AgentKitError("input_invalid", message, { param: "tools", cause });
  }
  return content;
}
