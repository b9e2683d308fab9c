import { AgentKitError, assertStreamName } from "@agentkit/core";

const prefixPattern = /^[A-Za-z0-9._:-]{0,100}$/;
const namePattern = /^[A-Za-z0-9._:-]+$/;

/** How streams of the log are called at the server. */
export class StreamNames {
  readonly prefix: string;

  /** @throws AgentKitError `config_invalid` */
  constructor(prefix: string) {
    if (!prefixPattern.test(prefix)) {
      const message = `The streamPrefix '${prefix.slice(0, 40)}' is not at most 100 characters of A-Z a-z 0-9 . _ : -`;
      throw new AgentKitError("config_invalid", message, { param: "streamPrefix" });
    }
    this.prefix = prefix;
  }

  /** @throws AgentKitError `stream_name_invalid` */
  toServer(stream: string): string {
    assertStreamName(stream);
    return this.prefix + stream;
  }

  /** `undefined` for a stream that is none of this log's. */
  fromServer(name: string): string | undefined {
    if (!name.startsWith(this.prefix) || !namePattern.test(name)) return undefined;
    const stream = name.slice(this.prefix.length);
    return stream === "" ? undefined : stream;
  }

  /** Where a large payload is kept. The `/` keeps it apart from every stream of a log. */
  toBlobStream(sha256: string): string {
    return `${this.prefix}/blob/${sha256}`;
  }
}
