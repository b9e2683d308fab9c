import type { Answer } from "./answer.ts";
import { answerError, answerJson } from "./answer.ts";
import { answerEmbeddings } from "./answer-embeddings.ts";
import { answerModerations } from "./answer-moderations.ts";
import { answerResponses } from "./answer-responses.ts";
import { refused } from "./api-error.ts";
import type { DoubleState } from "./double-state.ts";
import { isJsonRecord } from "./json-record.ts";

/** A request as it came from the socket. */
export interface HttpRequest {
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** The parsed JSON body; undefined when it is missing or is not JSON in UTF-8. */
  readonly body: unknown;
}

/** Finds the endpoint that a request is for, and answers it. */
export async function routeRequest(request: HttpRequest, state: DoubleState): Promise<Answer> {
  const unauthorized = checkKey(request, state);
  if (unauthorized !== undefined) {
    return unauthorized;
  }
  const post = postEndpoints[request.path];
  if (post !== undefined) {
    return request.method === "POST" ? await answerPost(post, request.body, state) : wrongMethod(request);
  }
  const get = answerGet(request.path, state);
  if (get === undefined) {
    return answerError(refused(`Invalid URL (${request.method} ${request.path})`, { status: 404 }).error);
  }
  return request.method === "GET" ? get : wrongMethod(request);
}

type PostEndpoint = (body: unknown, state: DoubleState) => Promise<Answer>;

const postEndpoints: Readonly<Record<string, PostEndpoint>> = {
  "/v1/responses": answerResponses,
  "/v1/embeddings": answerEmbeddings,
  "/v1/moderations": answerModerations,
};

async function answerPost(endpoint: PostEndpoint, body: unknown, state: DoubleState): Promise<Answer> {
  if (!isJsonRecord(body)) {
    const hint = "(HINT: This likely means you aren't using your HTTP library correctly.)";
    return answerError(refused(`We could not parse the JSON body of your request. ${hint}`).error);
  }
  return await endpoint(body, state);
}

function answerGet(path: string, state: DoubleState): Answer | undefined {
  const [, resource, id] = /^\/v1\/(responses|models)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (resource === "models") {
    return id === undefined ? listModels(state) : retrieveModel(decodeURIComponent(id), state);
  }
  return resource === "responses" && id !== undefined ? retrieveResponse(decodeURIComponent(id), state) : undefined;
}

const modelsWithoutList: readonly string[] = ["gpt-5-mini", "omni-moderation-latest", "text-embedding-3-small"];

function listModels({ models = modelsWithoutList }: DoubleState): Answer {
  return answerJson({ object: "list", data: models.map(toModel) });
}

function retrieveModel(id: string, { models = modelsWithoutList }: DoubleState): Answer {
  return models.includes(id)
    ? answerJson(toModel(id))
    : answerError(
        refused(`The model '${id}' does not exist`, { status: 404, param: "model", code: "model_not_found" }).error,
      );
}

function toModel(id: string) {
  return { id, object: "model", created: 1_767_225_600, owned_by: "openai-double" };
}

function retrieveResponse(id: string, { store }: DoubleState): Answer {
  const stored = store.find(id);
  return stored === undefined
    ? answerError(refused(`Response with id '${id}' not found.`, { status: 404 }).error)
    : answerJson(stored.response);
}

function checkKey({ authorization }: HttpRequest, { apiKey }: DoubleState): Answer | undefined {
  if (apiKey === undefined || authorization === `Bearer ${apiKey}`) {
    return undefined;
  }
  const given = authorization?.replace(/^Bearer /, "");
  return answerError(
    given === undefined
      ? refused("You didn't provide an API key. Send it in an Authorization header with Bearer auth.", { status: 401 })
          .error
      : refused(`Incorrect API key provided: ${mask(given)}.`, { status: 401, code: "invalid_api_key" }).error,
  );
}

/** OpenAI repeats the key it refused with all but its ends hidden. */
function mask(key: string): string {
  return key.length < 12 ? "*".repeat(key.length) : `${key.slice(0, 3)}${"*".repeat(key.length - 7)}${key.slice(-4)}`;
}

function wrongMethod({ method, path }: HttpRequest): Answer {
  return answerError(refused(`Invalid method for URL (${method} ${path})`, { status: 405 }).error);
}
