import type { WorkspacePackage } from "../repository/workspace.ts";

/** What a package is in the picture of who may import whom. */
export type Layer = "core" | "database" | "adapter" | "feature" | "app" | "tooling" | "example";

/** The part of a package that decides what it may depend on. */
export type Member = Pick<WorkspacePackage, "name" | "group" | "folder">;

/** Places a package by its folder; a new adapter is recognised by its name (`openai`, `eventlog-*`, `memory-*`, `safety-*`, `store-*`). */
export function layerOf({ group, folder }: Pick<Member, "group" | "folder">): Layer {
  if (group === "apps") return "app";
  if (group === "tooling") return "tooling";
  if (group === "examples") return "example";
  if (folder === "core") return "core";
  if (folder === "sqlite") return "database";
  return folder === "openai" || /^(eventlog|memory|safety|store)-/.test(folder) ? "adapter" : "feature";
}

/**
 * Says why a package may not use another one of the workspace when it runs, or nothing when it may.
 *
 * A package never reaches sideways: features meet in an app or through events.
 */
export function refuseDependency(from: Member, to: Member): string | undefined {
  const target = layerOf(to);
  const layer = layerOf(from);
  switch (layer) {
    case "core":
      return "core depends on zod only";
    case "database":
    case "feature":
      return target === "core" ? undefined : coreOnly[layer];
    case "adapter":
      return refuseForAdapter(from, to, target);
    case "app":
      return refuseForApp(from, to, target);
    case "example":
      return target === "tooling" || target === "example" ? "an example uses what people can install" : undefined;
    case "tooling":
      return undefined;
  }
}

const coreOnly = {
  database: "what adapters open a database with depends on core only",
  feature: "a feature depends on core only; features meet in an app or through events",
} as const;

function refuseForAdapter(from: Member, to: Member, target: Layer): string | undefined {
  if (target === "core" || target === "database" || implementsPortOf(from, to)) return undefined;
  return "an adapter depends on core, on the package whose port it implements and on what opens its database";
}

/** `memory-qdrant` implements a port of `memory`. */
function implementsPortOf(adapter: Member, owner: Member): boolean {
  return owner.group === "packages" && adapter.folder.startsWith(`${owner.folder}-`);
}

function refuseForApp(from: Member, to: Member, target: Layer): string | undefined {
  if (target === "tooling" || target === "example") return "an app never depends on tooling or examples when it runs";
  // `agentkit serve` starts the gateway in its own process: the one place where an app composes another.
  const composes = from.folder === "cli" && to.folder === "gateway";
  return target === "app" && !composes ? "nobody imports an app; only the cli composes the gateway" : undefined;
}
