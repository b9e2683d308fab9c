import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../processes/run-program.ts";
import { repositoryRoot } from "../repository/repository-root.ts";
import { contractReportSchema, toContractTable } from "./contract-table.ts";

// `pnpm contracts`: runs the event log's contract on every adapter and prints what each keeps. With EVENTSTOREDB_URL in the
// environment EventStoreDB is that server, otherwise the double.
const directory = mkdtempSync(join(tmpdir(), "agentkit-contracts-"));
const file = join(directory, "report.json");
const { exitCode, output } = await runProgram({
  command: ["vitest", "run", "event-log.test.ts", "-t", "EventLog contract", "--reporter=json", `--outputFile=${file}`],
  directory: repositoryRoot,
  environment: process.env,
  timeLimitSeconds: 300,
});
const report = contractReportSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
rmSync(directory, { recursive: true });
process.stdout.write(report.success ? `${toContractTable(report.data, "EventLog contract")}\n` : output);
process.exitCode = exitCode ?? 1;
