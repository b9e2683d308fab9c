import type { SessionSummary } from "@agentkit/core";
import type { Colors } from "../terminal/terminal.ts";

/** The colour of a status. */
export function paintStatus(colors: Colors, status: SessionSummary["status"]): (text: string) => string {
  switch (status) {
    case "completed":
      return colors.green;
    case "failed":
      return colors.red;
    case "suspended":
      return colors.yellow;
    case "running":
      return colors.cyan;
    case "cancelled":
    case "empty":
      return colors.dim;
  }
}
