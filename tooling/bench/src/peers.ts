import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The directory of the frameworks that benchmarks run beside AgentKit. They are no part of the workspace. */
export const peers: string = fileURLToPath(new URL("../peers/", import.meta.url));

/** Installs the peers, unless they are there already. */
export function installPeers(): void {
  process.stderr.write("Installing the peers …\n");
  const npm = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const { status } = spawnSync("npm", npm, { cwd: peers, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("npm could not install the peers; run with --alone to measure AgentKit only.");
}
