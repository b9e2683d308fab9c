import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { WorkspacePackage } from "../repository/workspace.ts";

/** What publint has to say about a tarball, suggestions included. */
export async function lintTarball(member: WorkspacePackage, tarball: Buffer): Promise<readonly string[]> {
  const { messages } = await publint({
    pack: { tarball: toArrayBuffer(tarball) },
    strict: true,
  });
  return messages.map(
    (message) => `${message.code}: ${formatMessage(message, member.manifest, { color: false }) ?? ""}`,
  );
}

/**
 * What "are the types wrong" finds in a tarball.
 *
 * The packages are ESM only by decision, so the two resolutions that cannot load ESM are left out (its `esm-only` profile).
 */
export async function checkTypes(tarball: Buffer): Promise<readonly string[]> {
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (result.types === false) return ["the package has no types"];
  return result.problems
    .filter((problem) => !("resolutionKind" in problem) || !["node10", "node16-cjs"].includes(problem.resolutionKind))
    .map((problem) => JSON.stringify(problem));
}

function toArrayBuffer(buffer: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(buffer.byteLength);
  new Uint8Array(copy).set(buffer);
  return copy;
}
