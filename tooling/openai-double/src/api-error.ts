/** An error as OpenAI's API answers it: an HTTP status and the members of the body's `error` object. */
export interface ApiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** Either a value, or the error that the server answers instead. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

/** Wraps a value that passed its checks. */
export function passed<T>(value: T): Checked<T> {
  return { ok: true, value };
}

/** Builds the refusal of an invalid request: status 400 and type `invalid_request_error` unless told otherwise. */
export function refused(
  message: string,
  details: { readonly status?: number; readonly param?: string; readonly code?: string } = {},
): { readonly ok: false; readonly error: ApiError } {
  return {
    ok: false,
    error: {
      status: details.status ?? 400,
      message,
      type: "invalid_request_error",
      param: details.param ?? null,
      code: details.code ?? null,
    },
  };
}

/** The JSON body of an error answer. */
export function toErrorBody(error: ApiError): { readonly error: Omit<ApiError, "status"> } {
  const { message, type, param, code } = error;
  return { error: { message, type, param, code } };
}
