import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readImports } from "../imports/read-imports.ts";
import { isTestFile, sourceFiles } from "../repository/source-files.ts";
import { loadWorkspace, type WorkspacePackage } from "../repository/workspace.ts";

/** Which packages implement a port, and the contract that each of them must run in its tests. */
const contracts = [
  { port: "EventLog", owner: "core", contract: "eventLogContract", adapters: /^eventlog-/ },
  { port: "LeaseStore", owner: "core", contract: "leaseStoreContract", adapters: /^store-/ },
  { port: "ProjectionStore", owner: "core", contract: "projectionStoreContract", adapters: /^store-/ },
  { port: "BlobStore", owner: "core", contract: "blobStoreContract", adapters: /^store-/ },
  { port: "SnapshotStore", owner: "core", contract: "snapshotStoreContract", adapters: /^store-/ },
  { port: "VaultStore", owner: "safety", contract: "vaultStoreContract", adapters: /^safety-/ },
  { port: "SubjectKeys", owner: "safety", contract: "subjectKeysContract", adapters: /^safety-/ },
] as const;

const workspace = loadWorkspace();

describe.each(contracts)("$port", ({ owner, contract, adapters }) => {
  const members = workspace.filter(({ group, folder }) => group === "packages" && adapters.test(folder));

  it("has an adapter that this check looks at", () => {
    expect(members).not.toEqual([]);
  });

  it.each(members)(`$name runs ${contract}`, (member) => {
    expect(testsUsing(member, contract)).not.toEqual([]);
  });

  it(`${owner} runs ${contract} on its own implementation`, () => {
    const owners = workspace.filter(({ name }) => name === `@agentkit/${owner}`);
    expect(owners.flatMap((member) => testsUsing(member, contract))).not.toEqual([]);
  });
});

/** The test files that import the contract and use it beyond the import. */
function testsUsing(member: WorkspacePackage, contract: string): readonly string[] {
  return sourceFiles(member)
    .filter(isTestFile)
    .filter((path) => {
      const source = readFileSync(join(member.directory, path), "utf8");
      const imported = readImports(path, source).some(({ names }) => names.includes(contract));
      return imported && source.split(contract).length > 2;
    });
}
