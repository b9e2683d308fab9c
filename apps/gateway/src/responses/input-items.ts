import type { Item, JsonObject, RecordedEvent } from "@agentkit/core";
import type { GatewayRequest } from "../gateway-context.ts";
import { refusal } from "../http/api-error.ts";
import { checkQuery } from "../http/check-query.ts";
import { parseWhole, toPage } from "../http/page.ts";
import { beginOutput, toOutputContext } from "./response-object.ts";
import type { RunRecord } from "./response-object.ts";

/** An item of a response's input, as it is listed. */
type InputItem = JsonObject & { readonly id: string };

/** Answers with a page of what a response was asked with, the newest item first unless the query says `order=asc`. */
export function listInputItems(request: GatewayRequest, record: RunRecord): Response {
  checkQuery(request, ["after", "limit", "order"]);
  const limit = parseWhole(request.req.query("limit"), { param: "limit", min: 1, max: 100 }) ?? 20;
  const order = request.req.query("order") ?? "desc";
  if (order !== "asc" && order !== "desc") {
    throw refusal("Invalid value for 'order': expected 'asc' or 'desc'.", { param: "order", code: "invalid_value" });
  }
  const items = toInputItems(record);
  const sorted = order === "asc" ? items : items.toReversed();
  const after = request.req.query("after");
  const index = after === undefined ? -1 : sorted.findIndex(({ id }) => id === after);
  if (after !== undefined && index === -1) {
    throw refusal("There is no item of the id given as 'after'.", { param: "after", code: "invalid_value" });
  }
  return request.json(toPage(sorted.slice(index + 1, index + limit + 2), limit, ({ id }) => id));
}

/** The prompt of a run's first response; the decisions on approvals that began a later one. */
function toInputItems(record: RunRecord): readonly InputItem[] {
  const context = toOutputContext(record);
  const output = beginOutput(record, context);
  return record.events.flatMap((event): readonly InputItem[] => {
    const [added] = output.accept(event).added;
    if (event.type === "PromptReceived") {
      return event.data.items.map((item, index) => toPromptItem(item, context.toId("in", index)));
    }
    const id = added === undefined ? undefined : output.item(added)?.["approval_request_id"];
    return typeof id === "string" ? toDecision(event, id) : [];
  });
}

function toPromptItem(item: Item, id: string): InputItem {
  const { content } = item;
  const parts = typeof content === "string" ? { content: [{ type: "input_text", text: content }] } : {};
  return { status: "completed", ...item, ...parts, id: typeof item["id"] === "string" ? item["id"] : id };
}

function toDecision(event: RecordedEvent, request: string): readonly InputItem[] {
  if (event.type !== "ToolCallApproved" && event.type !== "ToolCallDenied") return [];
  const approve = event.type === "ToolCallApproved";
  const reason = approve ? (event.data.reason ?? null) : event.data.message;
  const id = `mcprr_${event.data.approval?.id ?? event.data.callId}`;
  return [{ id, type: "mcp_approval_response", approval_request_id: request, approve, reason }];
}
