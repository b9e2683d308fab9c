/** What is wrong with a request, or became of it, as OpenAI's API answers it. */
export interface ApiFailure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 429 | 500 | 502 | 503 | 504;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  /** The session that it is about, where no header says so yet. */
  readonly session?: string | undefined;
  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** `false` tells the SDK not to try again although the status would make it. */
  readonly shouldRetry?: false | undefined;
}

/** Leaves a handler with an answer in OpenAI's error shape. Never leaves the gateway. */
export class ApiError extends Error {
  readonly failure: ApiFailure;

  constructor(failure: ApiFailure) {
    super(failure.message);
    this.name = "ApiError";
    this.failure = failure;
  }
}

/** What an answer to a request that cannot be accepted says besides its message. */
export interface RefusalDetails {
  readonly status?: ApiFailure["status"];
  readonly param?: string;
  readonly code?: string;
}

/** Builds the refusal of a request: status 400 unless told otherwise. */
export function refusal(message: string, { status = 400, param, code }: RefusalDetails = {}): ApiError {
  return new ApiError({ status, message, type: "invalid_request_error", param: param ?? null, code: code ?? null });
}

/** The JSON body of a failure. */
export function toErrorBody({ message, type, param, code }: ApiFailure): {
  readonly error: Pick<ApiFailure, "message" | "type" | "param" | "code">;
} {
  return { error: { message, type, param, code } };
}
