import type { Model, ModelInfo } from "@agentkit/core";

/** Which models a client may name besides the agents. */
export interface ModelAccess {
  /** The models there are, as far as it is known. */
  list(): Promise<readonly ModelInfo[]>;
  /** Whether requests for a model are let through. */
  allows(name: string): Promise<boolean>;
}

/** What model access is decided from. */
export interface ModelAccessOptions {
  readonly model: Model;
  /** The names that are let through. Default: what the model's server lists; every name when it cannot tell. */
  readonly names?: readonly string[] | undefined;
}

/** How long a list is believed, and how long a failure to get one, in milliseconds. */
const believedMs = 300_000;
const failedMs = 30_000;

/** How long the model's server may take to list its models, in milliseconds. */
const listTimeoutMs = 5_000;

/** What can be the name of an agent, and so of a model that is let through as one. */
const namePattern = /^[A-Za-z0-9._:/-]{1,64}$/;

/**
 * Decides which models are let through. A server that cannot list its models is asked by the request itself: its refusal
 * is passed on.
 *
 * @example
 * ```ts
 * import { scriptedModel } from "@agentkit/core/testing";
 * import { createModelAccess } from "@agentkit/gateway";
 *
 * const access = createModelAccess({ model: scriptedModel([]), names: ["gpt-5.1"] });
 * await access.allows("gpt-4"); // false
 * ```
 */
export function createModelAccess({ model, names }: ModelAccessOptions): ModelAccess {
  const read = names === undefined ? remember(model) : async () => names.map((id): ModelInfo => ({ id }));
  return {
    list: async () => (await read()) ?? [],
    allows: async (name) => {
      if (!namePattern.test(name)) return false;
      const models = await read();
      return models === undefined || models.some(({ id }) => id === name);
    },
  };
}

function remember(model: Model): () => Promise<readonly ModelInfo[] | undefined> {
  let reading: Promise<readonly ModelInfo[] | undefined> | undefined;
  let until = 0;
  return () => {
    if (reading !== undefined && performance.now() < until) return reading;
    until = performance.now() + believedMs;
    reading = readList(model).then((models) => {
      if (models === undefined) until = performance.now() + failedMs;
      return models;
    });
    return reading;
  };
}

async function readList(model: Model): Promise<readonly ModelInfo[] | undefined> {
  try {
    return await model.list?.({ signal: AbortSignal.timeout(listTimeoutMs) });
  } catch {
    // The server has no such route, or is away: the request that follows will tell which.
    return undefined;
  }
}
