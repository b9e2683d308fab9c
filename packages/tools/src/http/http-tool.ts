import { AgentKitError, defineTool, toolDefinitionInvalid } from "@agentkit/core";
import type {
  JsonValue,
  ParsedArguments,
  SecretSource,
  SideEffects,
  Tool,
  ToolContext,
  ToolOptions,
} from "@agentkit/core";
import type { z } from "zod";
import { createCallSecrets } from "../secrets/call-secrets.ts";
import { callEndpoint } from "./call-endpoint.ts";
import type { HttpAnswer } from "./call-endpoint.ts";
import { createHttpClient } from "./http-client.ts";
import type { HttpClient } from "./http-client.ts";
import { planRequest } from "./plan-request.ts";
import type { RequestShape } from "./plan-request.ts";
import { atPointer } from "../json/json-pointer.ts";
import { isReservedHeader } from "./reserved-headers.ts";
import { isHeaderText, toSentHeaders } from "./secret-header.ts";
import type { HeaderValue } from "./secret-header.ts";
import { parseUrlTemplate } from "./url-template.ts";

/** The methods that an {@link httpTool} can use. */
export type HttpToolMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What an HTTP endpoint is made a tool by. */
export interface HttpToolDefinition<Input extends z.ZodObject> extends ToolOptions<z.output<Input>> {
  /** 1 to 64 characters of `A-Z a-z 0-9 _ -`. */
  readonly name: string;
  readonly description: string;
  /** Schema of the arguments. */
  readonly input: Input;
  /** Default `GET`. */
  readonly method?: HttpToolMethod;
  /**
   * The URL, with `{field}` where a field of the arguments goes: in the path and the query, nowhere else. Each value is encoded
   * such that it cannot change the URL around it.
   */
  readonly url: string;
  /** Fields that go into the query beside those. A list is repeated, what is left out is not sent. Default: see `body`. */
  readonly query?: readonly string[];
  /**
   * Makes the JSON body. Default: the fields that are in neither URL nor query; with `GET`, `HEAD` and `DELETE` those go into
   * the query instead.
   */
  readonly body?: (input: z.output<Input>) => JsonValue;
  /** Headers, of texts and secrets. */
  readonly headers?: Readonly<Record<string, HeaderValue>>;
  /** Where the secrets of `headers` come from. */
  readonly secrets?: SecretSource;
  /**
   * The header that carries the call's idempotency key, the same for every attempt; `false` for none. Default:
   * `Idempotency-Key` with unsafe side effects.
   */
  readonly idempotencyHeader?: string | false;
  /** What the model gets: a JSON pointer into the body, or a function. Default: the status and the body. */
  readonly response?: string | ((answer: HttpAnswer) => unknown);
  /** Where requests may go. Default: `createHttpClient()`, which goes to the public internet by https. */
  readonly client?: HttpClient;
}

/**
 * Makes a tool of an HTTP endpoint. Side effects follow from the method unless they are declared: none for GET and HEAD,
 * idempotent for PUT and DELETE, otherwise unsafe. An answer that is not 2xx is a failure of the call that tells its status and
 * the start of its body. Its results are `untrusted` unless the definition says otherwise, and the kit's guard looks at each request
 * before it leaves (`outgoing_http`), without the secrets: `content_blocked` means that nothing was sent. Secrets are in the request and nowhere else: where the server repeats one, the model does not see it.
 *
 * @throws AgentKitError `definition_invalid`.
 *
 * @example
 * ```ts
 * import { environmentSecrets, httpTool } from "@agentkit/tools";
 * import { z } from "zod";
 *
 * const findUser = httpTool({
 *   name: "find_user",
 *   description: "Finds a user by id.",
 *   input: z.object({ id: z.string() }),
 *   url: "https://api.example.com/users/{id}",
 *   headers: { authorization: { secret: "USERS_TOKEN", prefix: "Bearer " } },
 *   secrets: environmentSecrets({ names: ["USERS_TOKEN"] }),
 *   response: "/profile",
 * });
 * ```
 */
export function httpTool<Input extends z.ZodObject>(definition: HttpToolDefinition<Input>): Tool {
  const { name, method = "GET", headers = {}, response } = definition;
  const sideEffects = definition.sideEffects ?? sideEffectsOf(method);
  const idempotencyHeader = definition.idempotencyHeader ?? (sideEffects === "unsafe" && "Idempotency-Key");
  const shape = toShape(definition);
  const client = definition.client ?? createHttpClient();
  const plainHeaders = toPlainHeaders(headers);
  checkHeaders(name, { ...headers, ...(idempotencyHeader !== false && { [idempotencyHeader]: "key" }) });
  const tool = defineTool({
    trust: "untrusted",
    ...definition,
    sideEffects,
    run: async (input, context) => {
      const planned = planRequest(shape, input);
      if (!planned.ok) throw new AgentKitError("input_invalid", planned.message);
      const secrets = createCallSecrets(definition.secrets);
      const given = { ...planned.headers, ...headers, ...idempotency(idempotencyHeader, context) };
      const sent = await toSentHeaders(given, secrets);
      const { url, body } = planned;
      const message = { method, url, ...(body !== undefined && { body }) };
      const answer = await callEndpoint({
        client,
        guard: context.guard,
        outgoing: { ...message, headers: { ...planned.headers, ...plainHeaders } },
        secrets,
        sideEffects,
        request: {
          ...message,
          headers: sent.headers,
          secretHeaders: [...sent.secretHeaders, ...(idempotencyHeader === false ? [] : [idempotencyHeader])],
          signal: context.signal,
        },
        timeoutMs: tool.timeoutMs,
      });
      return toResult(answer, response);
    },
  });
  return { ...tool, parse: (value) => parseArguments(tool, shape, value) };
}

/** Texts that are no credentials: those the operator wrote into the tool, or named the secret of. */
function toPlainHeaders(headers: Readonly<Record<string, HeaderValue>>): Readonly<Record<string, string>> {
  const plain = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" && !credentialHeaders.has(name.toLowerCase()) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(plain);
}

const credentialHeaders: ReadonlySet<string> = new Set(["authorization", "cookie"]);

/** What a method does to the world, by its definition in RFC 9110. */
export function sideEffectsOf(method: string): SideEffects {
  switch (method) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "TRACE":
      return "none";
    case "PUT":
    case "DELETE":
      return "idempotent";
    default:
      return "unsafe";
  }
}

function toShape<Input extends z.ZodObject>(definition: HttpToolDefinition<Input>): RequestShape {
  const { name, method = "GET", body } = definition;
  const template = parseUrlTemplate(definition.url);
  if (typeof template === "string") throw toolDefinitionInvalid(name, `its URL ${template}`);
  const fields = Object.keys(definition.input.shape);
  const unknown = [...template.placeholders, ...(definition.query ?? [])].find((field) => !fields.includes(field));
  if (unknown !== undefined) throw toolDefinitionInvalid(name, `its input has no field '${unknown}'`);
  return {
    template,
    query: definition.query ?? [],
    rest: method === "GET" || method === "HEAD" || method === "DELETE" ? "query" : "body",
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the engine hands back what the tool's own `parse` returned
    ...(body && { body: (input: Readonly<Record<string, unknown>>) => body(input as z.output<Input>) }),
  };
}

function checkHeaders(name: string, headers: Readonly<Record<string, HeaderValue>>): void {
  for (const [header, value] of Object.entries(headers)) {
    const text = typeof value === "string" ? value : (value.prefix ?? "").trimEnd();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(header) || !isHeaderText(text)) {
      throw toolDefinitionInvalid(name, `HTTP cannot carry its header '${header}'`);
    }
    if (isReservedHeader(header.toLowerCase())) {
      throw toolDefinitionInvalid(name, `the header '${header}' is the client's own`);
    }
  }
}

function idempotency(header: string | false, { idempotencyKey }: ToolContext): Record<string, string> {
  return header === false ? {} : { [header]: idempotencyKey };
}

function parseArguments(tool: Tool, shape: RequestShape, value: JsonValue): ParsedArguments {
  const parsed = tool.parse(value);
  if (!parsed.ok) return parsed;
  const planned = planRequest(shape, parsed.value);
  return planned.ok ? parsed : planned;
}

type Response = HttpToolDefinition<z.ZodObject>["response"];

async function toResult(answer: HttpAnswer, response: Response): Promise<unknown> {
  if (response === undefined) return { status: answer.status, body: answer.body };
  if (typeof response === "function") return mapAnswer(answer, response);
  const found = atPointer(answer.body, response);
  if (found !== undefined) return found;
  throw answerUnusable(answer, `has nothing at '${response}'`);
}

async function mapAnswer(answer: HttpAnswer, map: (answer: HttpAnswer) => unknown): Promise<unknown> {
  try {
    return await map(answer);
  } catch (error) {
    // An own error of the function is meant for the model; a fault of it is told without what it says.
    throw AgentKitError.is(error) ? error : answerUnusable(answer, "is not what the tool's mapping expects", error);
  }
}

/** The request was carried out: a failure that would be tried again would do it twice. */
function answerUnusable({ status }: HttpAnswer, reason: string, cause?: unknown): AgentKitError {
  const message = `The request was carried out with status ${status}, but its answer ${reason}.`;
  return new AgentKitError("tool_result_invalid", message, { cause });
}
