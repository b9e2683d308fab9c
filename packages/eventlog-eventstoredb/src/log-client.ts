import { AgentKitError } from "@agentkit/core";
import { EventStoreDBClient } from "@eventstore/db-client";
import { StreamsClient } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import type {
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
  ReadResp,
  TombstoneReq,
} from "@eventstore/db-client/generated/streams_pb.js";
import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import { readFileSync } from "node:fs";
import type { ConnectionSettings } from "./connection-string.ts";

/** The call on which appends go out and their answers come in. */
export type AppendCall = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

/** The call of a read or a subscription. */
export type ReadCall = ClientReadableStream<ReadResp>;

/** What this log uses of the client. */
export interface LogClient {
  openAppends(): Promise<AppendCall>;
  openRead(request: ReadReq): Promise<ReadCall>;
  /** Resolves when the server has answered, which it has `timeoutMs` for. */
  tombstone(request: TombstoneReq, timeoutMs: number): Promise<void>;
  /** Cancels every call and closes the connection; without it the process stays alive. */
  shutDown(): Promise<void>;
}

/**
 * Creates the client's connection: TLS, credentials, discovery of the leader, reconnecting.
 *
 * Its commands are not used. `appendToStream` never settles for data it cannot serialise, has no deadline of its own,
 * shares its bookkeeping with every client of the process, remembers a failed GetSupportedMethods for ever, and prints the
 * events under `DEBUG`; its streams are not cancelled when a reader leaves. The calls below are the same ones, bare.
 *
 * @throws AgentKitError `config_invalid` when a certificate that the settings name cannot be read.
 */
export function createLogClient(settings: ConnectionSettings): LogClient {
  const { hosts, discover, credentials, options } = settings;
  const { tlsCAFile, userCertFile, userKeyFile, nodePreference, ...rest } = options;
  if ((userCertFile === undefined) !== (userKeyFile === undefined)) {
    throw new AgentKitError(
      "config_invalid",
      "The connection string has one of userCertFile and userKeyFile. Give both.",
    );
  }
  const channel = {
    insecure: !settings.tls,
    ...(tlsCAFile === undefined ? {} : { rootCertificate: read("tlsCAFile", tlsCAFile) }),
    ...(userCertFile === undefined ? {} : { userCertFile: read("userCertFile", userCertFile) }),
    ...(userKeyFile === undefined ? {} : { userKeyFile: read("userKeyFile", userKeyFile) }),
  };
  const [endpoint] = hosts;
  const cluster = { ...rest, ...(nodePreference === undefined ? {} : { nodePreference }) };
  const { maxDiscoverAttempts: _attempts, discoveryInterval: _interval, gossipTimeout: _timeout, ...single } = rest;
  const client = discover
    ? new BareClient({ ...cluster, discover: endpoint }, channel, credentials)
    : hosts.length > 1
      ? new BareClient({ ...cluster, endpoints: [...hosts] }, channel, credentials)
      : new BareClient({ ...single, endpoint }, channel, credentials);
  // Only the leader tells what is written; another node may be behind. Whoever prefers another node accepts that.
  return client.prepare({ requiresLeader: nodePreference === undefined || nodePreference === "leader" });
}

class BareClient extends EventStoreDBClient implements LogClient {
  #channel: { close(): void } | undefined;
  #requiresLeader = true;

  prepare({ requiresLeader }: { readonly requiresLeader: boolean }): this {
    this.#requiresLeader = requiresLeader;
    // Nobody waits for it: when discovery fails meanwhile it would reject unheard, which ends the process.
    const { handleError } = this;
    this.handleError = async (client, error) => handleError(client, error).catch(() => undefined);
    return this;
  }

  async openAppends(): Promise<AppendCall> {
    return this.GRPCStreamCreator(StreamsClient, "batchAppend", (client) => {
      this.#channel = client.getChannel();
      return client.batchAppend(...this.#arguments());
    })();
  }

  async openRead(request: ReadReq): Promise<ReadCall> {
    return this.GRPCStreamCreator(StreamsClient, "read", (client) => {
      this.#channel = client.getChannel();
      return client.read(request, ...this.#arguments());
    })();
  }

  async tombstone(request: TombstoneReq, timeoutMs: number): Promise<void> {
    await this.execute(
      StreamsClient,
      "tombstone",
      async (client) =>
        new Promise<void>((resolve, reject) => {
          this.#channel = client.getChannel();
          const [metadata] = this.#arguments();
          client.tombstone(request, metadata, { deadline: Date.now() + timeoutMs }, (error) =>
            error === null ? resolve() : reject(error),
          );
        }),
    );
  }

  async shutDown(): Promise<void> {
    await this.dispose();
    this.#channel?.close();
  }

  #arguments(): ReturnType<EventStoreDBClient["callArguments"]> {
    return this.callArguments({ requiresLeader: this.#requiresLeader }, { deadline: Number.POSITIVE_INFINITY });
  }
}

function read(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const message = `The file '${path}' that the connection string names as ${option} cannot be read.`;
    throw new AgentKitError("config_invalid", message, { cause: error });
  }
}
