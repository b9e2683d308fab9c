import { z } from "zod";

/** The part of vitest's JSON report that the table is made of. */
export const contractReportSchema: z.ZodType<ContractReport> = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

/** A run of tests, as vitest reports it. */
export interface ContractReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

interface Cell {
  readonly id: string;
  readonly adapter: string;
  readonly mark: "ok" | "FAILED" | "–";
  readonly reason: string | undefined;
}

/**
 * A contract's cases by id against the adapters that ran it. A case that an adapter skips has a dash, and its reason stands
 * under the table.
 *
 * @param contract The contract's name, as `runContract` describes it.
 */
export function toContractTable(report: ContractReport, contract: string): string {
  const cells = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.ancestorTitles.includes(contract))
      .map((test) => toCell(test, adapterOf(file.name))),
  );
  const adapters = [...new Set(cells.map((cell) => cell.adapter))].toSorted();
  const ids = [...new Set(cells.map((cell) => cell.id))];
  const width = Math.max(...ids.map((id) => id.length), contract.length) + 2;
  const columns = adapters.map((adapter) => Math.max(adapter.length, "FAILED".length) + 2);
  const line = (first: string, rest: readonly string[]): string =>
    [first.padEnd(width), ...rest.map((text, index) => text.padEnd(columns[index] ?? 0))].join("").trimEnd();
  const rows = ids.map((id) =>
    line(
      id,
      adapters.map((adapter) => markOf(cells, { id, adapter })),
    ),
  );
  const reasons = [...new Set(cells.flatMap(({ adapter, reason }) => (reason ? [`– ${adapter}: ${reason}`] : [])))];
  return [line(contract, adapters), ...rows, "", ...reasons].join("\n").trimEnd();
}

function markOf(cells: readonly Cell[], { id, adapter }: Pick<Cell, "id" | "adapter">): string {
  return cells.find((cell) => cell.id === id && cell.adapter === adapter)?.mark ?? "not run";
}

function toCell({ title, status }: { readonly title: string; readonly status: string }, adapter: string): Cell {
  const [id = title] = title.split(": ");
  if (status === "passed") return { id, adapter, mark: "ok", reason: undefined };
  if (status === "failed") return { id, adapter, mark: "FAILED", reason: undefined };
  return { id, adapter, mark: "–", reason: /\((the capability .*)\)$/.exec(title)?.[1] ?? "skipped without a reason" };
}

// The file is the adapter's test: `in-memory-event-log.test.ts` and the like.
function adapterOf(file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return name.replace(/-event-log\.test\.ts$/, "");
}
