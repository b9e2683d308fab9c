import { defineTool, type Tool } from "@agentkit/core";
import { z } from "zod";

/** What {@link createApprovalTool} needs. */
export interface ApprovalToolOptions {
  readonly id: string;
  readonly workflow: string;
  readonly roles: readonly string[] | undefined;
  readonly validForMs: number | undefined;
}

/** The tool of a step that asks a person: it does nothing, and what the person let it do nothing with is its result. */
export function createApprovalTool({ id, workflow, roles, validForMs }: ApprovalToolOptions): Tool {
  return defineTool({
    name: `approve_${id}`,
    description: `Step '${id}' of workflow '${workflow}' asks for an approval.`,
    input: z.record(z.string(), z.json()),
    sideEffects: "none",
    approval: { when: "always", ...(roles && { roles }), ...(validForMs !== undefined && { validForMs }) },
    tags: ["workflow"],
    run: (subject) => subject,
  });
}
