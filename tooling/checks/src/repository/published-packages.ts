import { loadWorkspace, type WorkspacePackage } from "./workspace.ts";

/** The packages people install from npm: everything in `packages` and `apps` that is not private. */
export function publishedPackages(): readonly WorkspacePackage[] {
  return loadWorkspace().filter(
    ({ group, manifest }) => (group === "packages" || group === "apps") && !manifest.private,
  );
}
