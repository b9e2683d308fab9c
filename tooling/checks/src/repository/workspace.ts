import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { repositoryRoot } from "./repository-root.ts";

const dependencies = z.record(z.string(), z.string()).default({});

const manifestSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  private: z.boolean().default(false),
  description: z.string().optional(),
  license: z.string().optional(),
  type: z.string().optional(),
  sideEffects: z.boolean().optional(),
  engines: z.record(z.string(), z.string()).default({}),
  files: z.array(z.string()).default([]),
  exports: z.record(z.string(), z.unknown()).default({}),
  publishConfig: z.record(z.string(), z.unknown()).default({}),
  scripts: z.record(z.string(), z.string()).default({}),
  dependencies,
  peerDependencies: dependencies,
  devDependencies: dependencies,
});

/** The fields of a package.json that the checks read. */
export type Manifest = z.infer<typeof manifestSchema>;

// The folders of the workspace that hold packages.
const workspaceGroups = ["packages", "apps", "tooling", "examples"] as const;

/** A package of this workspace. */
export interface WorkspacePackage {
  readonly name: string;
  readonly group: (typeof workspaceGroups)[number];
  /** The name of its folder, `core` of `packages/core`. */
  readonly folder: string;
  /** Its absolute path. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Every package of the workspace, found by its package.json. */
export function loadWorkspace(): readonly WorkspacePackage[] {
  return workspaceGroups.flatMap((group) =>
    foldersOf(join(repositoryRoot, group)).map((folder) => {
      const directory = join(repositoryRoot, group, folder);
      const manifest = readManifest(directory);
      return { name: manifest.name, group, folder, directory, manifest };
    }),
  );
}

function foldersOf(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((folder) => existsSync(join(directory, folder, "package.json")));
}

function readManifest(directory: string): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(directory, "package.json"), "utf8")));
}
