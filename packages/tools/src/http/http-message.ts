/** A request. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string | URL;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of headers that hold secrets; like `authorization` and `cookie`, they are not sent to another origin. */
  readonly secretHeaders?: readonly string[];
  readonly body?: string | Uint8Array;
  /** Media types that are accepted, as `text/*` or `application/json`, in lower case. Default: every type. */
  readonly mediaTypes?: readonly string[];
  /** Milliseconds for this request. Default: the client's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer, read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; values of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from after redirects. */
  readonly url: URL;
  /** Decompressed. */
  readonly body: Uint8Array;
}

/** A request on its way: the first one, or what a redirect made of it. */
export interface HttpRequestOnItsWay extends HttpRequest {
  readonly url: URL;
}
