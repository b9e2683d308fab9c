import { createSessionList, type SessionList, systemIds } from "@agentkit/core";
import type { Agent, AgentKit, ApprovalAuthority, EventLog, Model, Safety } from "@agentkit/core";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { type Authenticate, createPrincipalReader } from "./access/authenticate.ts";
import { createSessionGuard, openToAll } from "./access/session-guard.ts";
import { createApprovalItems } from "./approvals/approval-items.ts";
import { createApprovalRoutes } from "./approvals/approval-routes.ts";
import { createConversationRoutes } from "./conversations/conversation-routes.ts";
import { sessionHeader } from "./gateway-context.ts";
import type { GatewayContext, GatewayEnv, GatewayRequest } from "./gateway-context.ts";
import { createHealthRoutes } from "./health/health-routes.ts";
import { createWriteWatch } from "./health/write-watch.ts";
import { refusal, toErrorBody } from "./http/api-error.ts";
import type { ApiFailure } from "./http/api-error.ts";
import { describeError } from "./http/failure-table.ts";
import { refuseOtherMethods, shortenPath } from "./http/other-methods.ts";
import type { McpOptions } from "./mcp/mcp-options.ts";
import { createMcpRoutes } from "./mcp/mcp-routes.ts";
import type { ModelAccess } from "./models/model-access.ts";
import { createModelRoutes } from "./models/model-routes.ts";
import type { RequestEntry } from "./request-log.ts";
import { createContentReader } from "./responses/content-reader.ts";
import { createResponseRoutes } from "./responses/response-routes.ts";
import { createAnswerView } from "./safety/answer-view.ts";
import { createSessionRoutes } from "./sessions/session-routes.ts";
import { createWorkTracker } from "./work-tracker.ts";

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly kit: AgentKit;
  /** The log the kit works on. */
  readonly log: EventLog;
  /** The model the kit asks. */
  readonly model: Model;
  /** The agents of the kit, which clients name as `model`. */
  readonly agents: readonly Agent[];
  /** The models that clients may name besides; the kit has to resolve each to an agent of that name. */
  readonly modelAccess: ModelAccess;
  /**
   * Finds out on whose behalf each request is made, but those to `/healthz` and `/readyz`; who is not known is answered with 401.
   * A session is then seen by the tenant of whoever began it. Default: everybody sees everything, as nobody in particular.
   */
  readonly authenticate?: Authenticate | undefined;
  /** The kit's approval authority: with it, `openai` clients are shown what waits for an approval, and can answer. */
  readonly approvals?: ApprovalAuthority | undefined;
  /** What keeps the kit's agents safe: clients read what it puts back into answers. */
  readonly safety?: Pick<Safety, "redactor" | "restorer"> | undefined;
  /** What is served at `/mcp` besides the agents, and to whom. Default: the agents, to programs of this machine. */
  readonly mcp?: McpOptions;
  /** Whether answers come from the offline demo model. Then every answer has the header `x-agentkit-demo: true`. */
  readonly demo?: boolean;
  /** Bytes a request's body may have. Default 10 MiB. */
  readonly maxBodyBytes?: number;
  /** Milliseconds a write to a client may wait before its connection is dropped and its run cancelled. Default 30,000. */
  readonly writeStallMs?: number;
  /** Milliseconds of silence after which an event stream gets a comment. Default 15,000. */
  readonly heartbeatMs?: number;
  /** The log's sessions. Default: a list that is kept in memory. */
  readonly sessions?: SessionList;
  /** Told of every request once its answer has begun. Default: nobody. */
  readonly onRequest?: (entry: RequestEntry) => void;
}

/** The gateway as a Hono app. `app.fetch` answers a request without a socket. */
export type Gateway = Hono<GatewayEnv> & {
  /** Resolves when no run is under way, so that the log can be closed. */
  settled(): Promise<void>;
};

/**
 * Makes the gateway: OpenAI's Responses, Conversations and Models APIs over a kit, and AgentKit's own routes beside them.
 *
 * @example
 * ```ts
 * import { createAgentKit, createInMemoryEventLog, defineAgent } from "@agentkit/core";
 * import { scriptedModel } from "@agentkit/core/testing";
 * import { createGateway, createModelAccess } from "@agentkit/gateway";
 *
 * const log = createInMemoryEventLog();
 * const model = scriptedModel([{ text: "Hello!" }]);
 * const agents = [defineAgent({ name: "greeter", model: "scripted" })];
 * const kit = createAgentKit({ log, model, agents });
 * const gateway = createGateway({ kit, log, model, agents, modelAccess: createModelAccess({ model, names: [] }) });
 * const answer = await gateway.request("/healthz"); // 200 {"status":"ok"}
 * ```
 */
export function createGateway(options: GatewayOptions): Gateway {
  const context = createContext(options);
  const readPrincipal = createPrincipalReader(options.authenticate, options.safety?.redactor);
  const app = new Hono<GatewayEnv>();
  app.use(secureHeaders());
  app.use(async (request, next) => {
    const began = performance.now();
    const requestId = `req_${systemIds.next()}`;
    request.set("requestId", requestId);
    await next();
    request.header("x-request-id", requestId);
    if (options.demo === true) request.header("x-agentkit-demo", "true");
    options.onRequest?.(toEntry(request, performance.now() - began, options.safety));
  });
  app.route("/", createHealthRoutes(context));
  app.use(async (request, next) => {
    request.set("principal", await readPrincipal(request.req.raw));
    await next();
  });
  app.route("/", createResponseRoutes(context));
  app.route("/", createConversationRoutes(context));
  app.route("/", createModelRoutes(context));
  app.route("/", createSessionRoutes(context));
  app.route("/", createApprovalRoutes(context));
  app.route("/", createMcpRoutes(context, { principal: readPrincipal, ...options.mcp }));
  refuseOtherMethods(app);
  app.notFound((request) => {
    const message = `This gateway does not serve ${request.req.method} ${shortenPath(request.req.path)}.`;
    return answerFailure(request, refusal(message, { status: 404, code: "endpoint_not_served" }).failure);
  });
  app.onError((error, request) => {
    context.writes.note(error);
    return answerFailure(request, describeError(error));
  });
  return Object.assign(app, { settled: () => context.work.settled() });
}

function createContext(options: GatewayOptions): GatewayContext {
  const { kit, log, agents, modelAccess } = options;
  return {
    kit,
    log,
    agents,
    modelAccess,
    toApprovalItem: createApprovalItems(options.approvals, agents),
    guard: options.authenticate === undefined ? openToAll : createSessionGuard(log),
    sessions: options.sessions ?? createSessionList(log),
    contents: createContentReader(log),
    view: createAnswerView(options.safety?.restorer, agents),
    work: createWorkTracker(),
    writes: createWriteWatch(log),
    maxBodyBytes: options.maxBodyBytes ?? 10 * 1024 * 1024,
    heartbeatMs: options.heartbeatMs ?? 15_000,
    writeStallMs: options.writeStallMs ?? 30_000,
  };
}

function answerFailure(request: GatewayRequest, failure: ApiFailure): Response {
  const { status, session, retryAfterMs, shouldRetry } = failure;
  if (retryAfterMs !== undefined) {
    request.header("retry-after", String(Math.ceil(retryAfterMs / 1000)));
    request.header("retry-after-ms", String(Math.ceil(retryAfterMs)));
  }
  if (shouldRetry === false) request.header("x-should-retry", "false");
  if (session !== undefined) request.header(sessionHeader, session);
  if (status === 401) request.header("www-authenticate", "Bearer");
  // The rest of the body is not read, so that nothing else can come over this connection.
  if (status === 413) request.header("connection", "close");
  return request.json(toErrorBody(failure), status);
}

/** What escapes hide is found as well, and is one word again afterwards. */
function redactPath(redactor: Safety["redactor"], path: string): string {
  const scope = { session: "requests" };
  const redacted = redactor.text(path, scope);
  const meant = unescapePath(redacted);
  const found = redactor.text(meant, scope);
  return found === meant ? redacted : encodeURI(found).replaceAll("%5B", "[").replaceAll("%5D", "]");
}

/** A path without its escapes, also where they are escaped again. */
function unescapePath(path: string): string {
  return path.replace(/(?:%(?:25)*[0-9a-f]{2})+/gi, (escapes) => {
    const bytes = [...escapes.matchAll(/%(?:25)*([0-9a-f]{2})/gi)].map(([, byte = ""]) => byte);
    return Buffer.from(bytes.join(""), "hex").toString();
  });
}

function toEntry(request: GatewayRequest, durationMs: number, safety: GatewayOptions["safety"]): RequestEntry {
  const { method, url } = request.req;
  // As it was sent: what its escapes stand for could begin a line of its own in a log of requests.
  const { pathname } = new URL(url);
  // Whoever puts a key in the place of an id shall not find it in the log of requests.
  const path = safety === undefined ? pathname : redactPath(safety.redactor, pathname);
  const { status, headers } = request.res;
  const session = headers.get(sessionHeader) ?? undefined;
  return { requestId: request.get("requestId"), method, path, status, durationMs, session };
}
