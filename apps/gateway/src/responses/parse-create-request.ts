import type { FunctionTool, Item, JsonValue, ModelSettings } from "@agentkit/core";
import { ticketOf } from "../approvals/approval-items.ts";
import { refusal } from "../http/api-error.ts";
import { parseBody } from "../http/schema-issue.ts";
import { createSchema, toSettings, unservedFields } from "./create-schema.ts";
import type { CreateBody } from "./create-schema.ts";
import { serverLabel, toCallPair } from "./server-call.ts";

/** What the caller of `POST /v1/responses` wants, with nothing left to check that does not depend on the log. */
export interface CreateRequest {
  /** The name of an agent, or of a model that is let through. */
  readonly model: string;
  readonly input: string | readonly Item[];
  /** For each item of `input`, the place in the request it comes from. */
  readonly places: readonly number[];
  /** What the caller answered to requests for approvals. */
  readonly approvals: readonly ApprovalAnswer[];
  readonly instructions: string | undefined;
  readonly tools: readonly FunctionTool[];
  readonly settings: ModelSettings;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly store: boolean;
  readonly stream: boolean;
  readonly previousResponseId: string | undefined;
  readonly conversationId: string | undefined;
}

/** An `mcp_approval_response`. */
export interface ApprovalAnswer {
  /** The ticket that the id of the request holds. */
  readonly ticket: string;
  readonly approve: boolean;
  readonly reason?: string;
}

/**
 * Checks the body of `POST /v1/responses`.
 *
 * @throws ApiError 400 with the field at fault as `param`.
 */
export function parseCreateRequest(body: JsonValue): CreateRequest {
  const parsed = parseBody(createSchema, body);
  refuseUnserved(parsed);
  const { conversation, previous_response_id: previous } = parsed;
  const approvals = typeof parsed.input === "string" ? [] : parsed.input.flatMap(toAnswer);
  if (conversation != null && previous != null) {
    const message = "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Give one of them.";
    throw refusal(message, { param: "previous_response_id", code: "mutually_exclusive_parameters" });
  }
  return {
    model: parsed.model,
    ...toInput(parsed.input),
    approvals,
    instructions: parsed.instructions ?? undefined,
    tools: toTools(parsed.tools ?? []),
    settings: toSettings(parsed),
    metadata: parsed.metadata ?? undefined,
    store: parsed.store ?? true,
    stream: parsed.stream ?? false,
    previousResponseId: previous ?? undefined,
    conversationId: typeof conversation === "string" ? conversation : conversation?.id,
  };
}

function refuseUnserved(body: CreateBody): void {
  for (const [name, value] of Object.entries(body)) {
    const what = unservedFields[name];
    if (what === undefined || value === undefined || value === null || value === false) continue;
    throw refusal(`Unsupported parameter: '${name}'. This gateway does not serve ${what}.`, {
      param: name,
      code: "unsupported_parameter",
    });
  }
}

function toInput(input: CreateBody["input"]): Pick<CreateRequest, "input" | "places"> {
  if (typeof input === "string") return { input, places: [0] };
  const placed = input.flatMap((item, place) => toItems(item).map((one) => ({ item: one, place })));
  return { input: placed.map(({ item }) => item), places: placed.map(({ place }) => place) };
}

type InputItem = Exclude<CreateBody["input"], string>[number];

// What a response showed of an agent's own tool comes back as the call and the output that the model saw.
function toItems(item: InputItem): readonly Item[] {
  if (item.type === "mcp_call" && item.server_label === serverLabel) return toCallPair(item);
  // What was asked for is in the log, and the answers go to whoever decides.
  const isAsked = item.type === "mcp_approval_request" && item.server_label === serverLabel;
  return isAsked || item.type === "mcp_approval_response" ? [] : [withoutNulls(item)];
}

function toAnswer(item: InputItem): readonly ApprovalAnswer[] {
  if (item.type !== "mcp_approval_response") return [];
  const { approval_request_id: id, approve, reason } = item;
  return [{ ticket: ticketOf(id), approve, ...(reason != null && { reason }) }];
}

/** The SDK's helpers add what they parsed, and `null` says what leaving a field out says. */
function withoutNulls(item: InputItem): Item {
  const { type, ...fields } = item;
  const kept = Object.entries(fields).filter(([name, value]) => value != null && !name.startsWith("parsed"));
  return { type, ...Object.fromEntries(kept) };
}

function toTools(tools: NonNullable<CreateBody["tools"]>): readonly FunctionTool[] {
  const seen = new Set<string>();
  return tools.map((tool, index) => {
    if (tool.type !== "function") {
      const message = `Unsupported tool: '${tool.type}'. This gateway serves tools of type 'function'; give others to an agent.`;
      throw refusal(message, { param: `tools[${index}].type`, code: "unsupported_tool" });
    }
    if (seen.has(tool.name)) {
      throw refusal(`Two tools are named '${tool.name}'.`, { param: `tools[${index}].name`, code: "invalid_value" });
    }
    seen.add(tool.name);
    const { type, name, description, parameters, strict, ...unserved } = tool;
    refuseToolFields(unserved, index);
    // Left out, `strict` is for the model's server to choose: it makes a schema strict where it can and refuses none.
    return { type, name, description: description ?? null, parameters: parameters ?? null, strict: strict ?? null };
  });
}

function refuseToolFields(fields: Readonly<Record<string, JsonValue | undefined>>, index: number): void {
  const asking = Object.entries(fields).find(([, value]) => value !== undefined && value !== null && value !== false);
  if (asking === undefined) return;
  const param = `tools[${index}].${asking[0]}`;
  throw refusal(`Unsupported parameter: '${param}'. This gateway serves plain functions.`, {
    param,
    code: "unsupported_parameter",
  });
}
