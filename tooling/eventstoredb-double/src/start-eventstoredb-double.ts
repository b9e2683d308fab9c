import { GossipService } from "@eventstore/db-client/generated/gossip_grpc_pb.js";
import { ServerFeaturesService } from "@eventstore/db-client/generated/serverfeatures_grpc_pb.js";
import { StreamsService } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { createServer, type Server as SocketServer, type Socket } from "node:net";
import { createAppendHandler, createBatchAppendHandler } from "./append-service.ts";
import { createDeleteHandler, createTombstoneHandler } from "./delete-service.ts";
import { EventStore } from "./event-store.ts";
import { type Fault, Faults } from "./faults.ts";
import { type ClusterNode, createFeaturesHandler, createGossipHandler } from "./node-services.ts";
import { createReadHandler } from "./read-service.ts";
import type { ServiceContext } from "./service-context.ts";

/** Options of {@link startEventStoreDBDouble}. */
export interface EventStoreDBDoubleOptions {
  /** Default 0: the system chooses. */
  readonly port?: number;
  /** What another double holds, for a second node of the same cluster. */
  readonly store?: EventStore;
  /** Serves TLS with this key and certificate, in PEM. */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** What gossip tells. Default: this node alone, as leader. */
  readonly nodes?: () => readonly ClusterNode[];
}

/** A running double. */
export interface EventStoreDBDouble {
  readonly port: number;
  /** `esdb://127.0.0.1:PORT?tls=false`, or with TLS without an option: the client then needs `tlsCAFile`. */
  readonly connectionString: string;
  /** What the server holds. It stays over {@link kill} and {@link restart}. */
  readonly store: EventStore;
  /** Lets a call to come go wrong. */
  inject(fault: Fault): void;
  /** Takes back the faults that have not struck. */
  clearFaults(): void;
  /** Ends every subscription without an error. */
  endSubscriptions(): void;
  /** Destroys every connection, and goes on serving. */
  dropConnections(): void;
  /** Destroys every connection and serves no more, as a killed process. */
  kill(): Promise<void>;
  /** Serves again on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server on the loopback interface that speaks EventStoreDB's protocol. */
export async function startEventStoreDBDouble(options: EventStoreDBDoubleOptions = {}): Promise<EventStoreDBDouble> {
  const double = new RunningDouble(options);
  await double.listen(options.port ?? 0);
  return double;
}

class RunningDouble implements EventStoreDBDouble {
  readonly store: EventStore;
  readonly #faults = new Faults();
  readonly #subscriptions = new Set<() => void>();
  readonly #server = new Server({ "grpc.max_receive_message_length": 17 * 1_024 * 1_024 });
  readonly #sockets = new Set<Socket>();
  readonly #credentials: ServerCredentials;
  readonly #secure: boolean;
  readonly #inject: (socket: Socket) => void;
  #listener: SocketServer | undefined;
  #port = 0;

  constructor({ store, tls, nodes }: EventStoreDBDoubleOptions) {
    this.store = store ?? new EventStore();
    this.#secure = tls !== undefined;
    this.#credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) },
          ]);
    const context: ServiceContext = {
      store: this.store,
      faults: this.#faults,
      subscriptions: this.#subscriptions,
      dropConnections: () => this.dropConnections(),
    };
    this.#addServices(context, nodes ?? (() => [{ host: "127.0.0.1", port: this.#port, state: "leader" }]));
    // The double owns its sockets, so that it can destroy them as a crash or a broken network does.
    const injector = this.#server.createConnectionInjector(this.#credentials);
    this.#inject = (socket) => injector.injectConnection(socket);
  }

  get port(): number {
    return this.#port;
  }

  get connectionString(): string {
    return `esdb://127.0.0.1:${this.#port}${this.#secure ? "" : "?tls=false"}`;
  }

  inject(fault: Fault): void {
    this.#faults.add(fault);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  endSubscriptions(): void {
    for (const end of this.#subscriptions) end();
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async kill(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener === undefined) return;
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    this.dropConnections();
    await closed;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.listen(this.#port);
  }

  async close(): Promise<void> {
    await this.kill();
    this.endSubscriptions();
    this.#server.forceShutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async listen(port: number): Promise<void> {
    const listener = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.setNoDelay(true);
      this.#inject(socket);
    });
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(port, "127.0.0.1", resolve);
    });
    this.#listener = listener;
    const address = listener.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
  }

  #addServices(context: ServiceContext, nodes: () => readonly ClusterNode[]): void {
    this.#server.addService(StreamsService, {
      append: createAppendHandler(context),
      batchAppend: createBatchAppendHandler(context),
      read: createReadHandler(context),
      delete: createDeleteHandler(context),
      tombstone: createTombstoneHandler(context),
    });
    this.#server.addService(ServerFeaturesService, { getSupportedMethods: createFeaturesHandler(context) });
    this.#server.addService(GossipService, { read: createGossipHandler(context, nodes) });
  }
}
