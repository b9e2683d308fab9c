import type { Agent, AgentKit, EventLog, Principal, SessionList } from "@agentkit/core";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { SessionGuard } from "./access/session-guard.ts";
import type { ToApprovalItem } from "./approvals/approval-items.ts";
import type { WriteWatch } from "./health/write-watch.ts";
import type { ModelAccess } from "./models/model-access.ts";
import type { ContentReader } from "./responses/content-reader.ts";
import type { AnswerView } from "./safety/answer-view.ts";
import type { WorkTracker } from "./work-tracker.ts";

/** What every route works with. */
export interface GatewayContext {
  readonly kit: AgentKit;
  readonly log: EventLog;
  readonly agents: readonly Agent[];
  readonly modelAccess: ModelAccess;
  readonly toApprovalItem: ToApprovalItem;
  readonly guard: SessionGuard;
  readonly sessions: SessionList;
  readonly contents: ContentReader;
  readonly view: AnswerView;
  readonly work: WorkTracker;
  readonly writes: WriteWatch;
  readonly maxBodyBytes: number;
  readonly heartbeatMs: number;
  readonly writeStallMs: number;
}

/** What Hono hands to a route: under node-server the socket too, in a test neither. */
export interface GatewayEnv {
  readonly Bindings: Partial<HttpBindings>;
  readonly Variables: { readonly requestId: string; readonly principal: Principal };
}

/** One request on its way through the gateway. */
export type GatewayRequest = Context<GatewayEnv>;

/** The header that names the session an answer belongs to. */
export const sessionHeader = "x-agentkit-session";

/** The header that names the response with the decisions on approvals that the request brought beside functions' outputs. */
export const decidedHeader = "x-agentkit-decided-response";
