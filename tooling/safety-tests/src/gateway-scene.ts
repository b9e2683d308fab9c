import {
  type AgentKitConfig,
  createGateway,
  type LoadedConfig,
  openRuntime,
  parseEnvironment,
  type Runtime,
  serveGateway,
  toRequestLine,
} from "@agentkit/gateway";
import OpenAI from "openai";

/** A gateway on a data directory and a socket, put together as `agentkit serve` does. */
export interface GatewayScene extends AsyncDisposable {
  readonly url: string;
  /** The official client. */
  readonly client: OpenAI;
  readonly runtime: Runtime;
  /** What it told about itself: a line for each request, and notices. */
  readonly lines: readonly string[];
}

/** What a gateway serves. */
export interface GatewaySceneOptions {
  readonly directory: string;
  readonly definition: AgentKitConfig;
  /** The base URL of the model's server. Without it the definition has a model. */
  readonly baseURL?: string;
}

/** Starts a gateway; the next one in the same directory finds what this one left. */
export async function startGateway(options: GatewaySceneOptions): Promise<GatewayScene> {
  const { directory, definition, baseURL } = options;
  const variables = { AGENTKIT_DATA_DIR: ".", ...(baseURL && { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: "sk-none" }) };
  const config: LoadedConfig = { environment: parseEnvironment(variables, directory), path: undefined, definition };
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const runtime = await openRuntime(config, { onNotice: note });
  const gateway = createGateway({ ...runtime, onRequest: (entry) => note(toRequestLine(entry)) });
  const server = await serveGateway(gateway, { port: 0, graceMs: 200 });
  return {
    url: server.url,
    client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 }),
    runtime,
    lines,
    async [Symbol.asyncDispose]() {
      await server.close();
      await runtime.projector.catchUp();
      await runtime.close();
    },
  };
}
