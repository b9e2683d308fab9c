import { z } from "zod";
import type { AgentEvent } from "../events/catalogue.ts";
import { sessionOfStream, sessionStreamPrefix } from "../session/session-stream.ts";
import type { Projection, ProjectionTable } from "./projection.ts";
import type { ProjectionStore } from "./projection-store.ts";

/** Tokens and calls of one model, of one agent on one day. */
export interface UsageRow {
  /** UTC, as `2026-11-22`. */
  readonly day: string;
  readonly agent: string;
  /** The model that was asked for. */
  readonly model: string;
  /** Model calls that were started, failed and interrupted ones included. */
  readonly calls: number;
  readonly failures: number;
  readonly uncachedInputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** In millionths of a US dollar, as far as the kit knew prices. */
  readonly costMicroUsd: number;
}

/**
 * The projection of model calls, their tokens and their cost by day, agent and model, of each session and of all together. A
 * sub-run is a session of its own, and counts there.
 */
export const usage: Projection = {
  name: "usage",
  version: 2,
  filter: {
    types: ["ModelCallStarted", "ModelCallCompleted", "ModelCallFailed"],
    streamPrefix: sessionStreamPrefix,
  },
  apply(event, table) {
    const session = sessionOfStream(event.stream);
    if (session === undefined) return;
    const model = modelOf(event, session, table);
    const place = { day: event.time.slice(0, 10), agent: event.meta.agent ?? "unknown", model };
    const counts = countsOf(event);
    add(table, `${allPrefix}${toKey(place)}`, { ...place, ...counts });
    add(table, `${toSessionPrefix(session)}${toKey(place)}`, { ...place, ...counts });
  },
};

/**
 * Reads the {@link usage} projection: rows by day, agent and model, in that order, of one session or of all.
 *
 * @example
 * ```ts
 * import { createInMemoryProjectionStore, readUsage } from "@agentkit/core";
 *
 * const store = createInMemoryProjectionStore();
 * for (const { day, model, outputTokens } of await readUsage(store)) console.log(day, model, outputTokens);
 * ```
 */
export async function readUsage(store: ProjectionStore, session?: string): Promise<readonly UsageRow[]> {
  const prefix = session === undefined ? allPrefix : toSessionPrefix(session);
  return (await store.list(usage.name, { prefix })).map(({ row }) => usageRow.parse(row));
}

const countSchema = z.number();

const usageRow = z.object({
  day: z.string(),
  agent: z.string(),
  model: z.string(),
  calls: countSchema,
  failures: countSchema,
  uncachedInputTokens: countSchema,
  cacheReadTokens: countSchema,
  cacheWriteTokens: countSchema,
  outputTokens: countSchema,
  reasoningTokens: countSchema,
  costMicroUsd: countSchema,
});

const allPrefix = "all/";

function toSessionPrefix(session: string): string {
  return `session/${session}/`;
}

function toKey({ day, agent, model }: Pick<UsageRow, "day" | "agent" | "model">): string {
  return [day, agent, model].map((part) => encodeURIComponent(part).slice(0, 120)).join("/");
}

/** The model that was asked for: the start of a call names it, and its end does not. */
function modelOf(event: AgentEvent, session: string, table: ProjectionTable): string {
  const key = `call/${session}`;
  const started = table.get(key)?.["model"];
  if (event.type !== "ModelCallStarted") return typeof started === "string" ? started : "unknown";
  const { model } = event.data;
  if (started !== model) table.put(key, { model });
  return model;
}

type Counts = Omit<UsageRow, "day" | "agent" | "model">;

const nothing: Counts = {
  calls: 0,
  failures: 0,
  uncachedInputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costMicroUsd: 0,
};

function countsOf(event: AgentEvent): Counts {
  switch (event.type) {
    case "ModelCallStarted":
      return { ...nothing, calls: 1 };
    case "ModelCallFailed":
      return { ...nothing, failures: 1 };
    case "ModelCallCompleted":
      return { ...nothing, ...event.data.usage, costMicroUsd: event.data.costMicroUsd ?? 0 };
    default:
      return nothing;
  }
}

function add(table: ProjectionTable, key: string, row: UsageRow): void {
  const before = table.get(key);
  const sum = (name: keyof Counts): number => Number(before?.[name] ?? 0) + row[name];
  table.put(key, {
    day: row.day,
    agent: row.agent,
    model: row.model,
    calls: sum("calls"),
    failures: sum("failures"),
    uncachedInputTokens: sum("uncachedInputTokens"),
    cacheReadTokens: sum("cacheReadTokens"),
    cacheWriteTokens: sum("cacheWriteTokens"),
    outputTokens: sum("outputTokens"),
    reasoningTokens: sum("reasoningTokens"),
    costMicroUsd: sum("costMicroUsd"),
  });
}
