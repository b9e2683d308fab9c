/** A request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string | URL;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Names of headers that are for this server alone, as those that hold secrets; like `authorization`, `cookie` and
   * `idempotency-key`, they are not sent to another origin.
   */
  readonly secretHeaders?: readonly string[];
  readonly body?: string | Uint8Array;
  /** Media types that are accepted, as `text/*` or `application/json`, in lower case. Default: every type. */
  readonly mediaTypes?: readonly string[];
  /** Milliseconds for this request. Default: the client's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Told of each answer, a redirect's too, before its body is read or its redirect is followed: when `send` fails after that, the
   * server did get the request.
   */
  readonly onAnswer?: (answer: HttpResponseHead) => void;
  /** Asked before a redirect to another origin is followed. When it throws, it is not, and `send` throws the same. */
  readonly onLeave?: (next: { readonly method: string; readonly url: URL }) => Promise<void>;
}

/** The start of an answer. */
export interface HttpResponseHead {
  readonly status: number;
  /** Lower-case names; values of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

/** An answer, read to its end. */
export interface HttpResponse extends HttpResponseHead {
  /** Decompressed. */
  readonly body: Uint8Array;
}

/** A request on its way: the first one, or what a redirect made of it. */
export interface HttpRequestOnItsWay extends HttpRequest {
  readonly url: URL;
}
