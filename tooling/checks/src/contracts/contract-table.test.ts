import { describe, expect, it } from "vitest";
import { toContractTable } from "./contract-table.ts";

const contract = "EventLog contract";

function test(title: string, status: string, ancestor: string = contract) {
  return { ancestorTitles: [ancestor], title, status };
}

describe("toContractTable", () => {
  it("shows each case beside each adapter, with the reason of what is skipped", () => {
    const report = {
      testResults: [
        {
          name: "/x/sqlite-event-log.test.ts",
          assertionResults: [
            test("append/one: appends", "passed"),
            test("other: is no case", "passed", "another suite"),
          ],
        },
        {
          name: "/x/in-memory-event-log.test.ts",
          assertionResults: [
            test(
              "append/one: appends (at once) (the capability 'durable' is not declared: it is (still) memory)",
              "pending",
            ),
            test("read/all: reads", "failed"),
          ],
        },
      ],
    };
    expect(toContractTable(report, contract).split("\n")).toEqual([
      "EventLog contract  in-memory  sqlite",
      "append/one         –          ok",
      "read/all           FAILED     not run",
      "",
      "– in-memory: the capability 'durable' is not declared: it is (still) memory",
    ]);
  });
});
