import { createAgentKit, createInMemoryEventLog, defineAgent, defineTool, type StoredEvent } from "@agentkit/core";
import { scriptedModel } from "@agentkit/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createPiiDetector } from "../pii/create-pii-detector.ts";
import { defineSafetyPolicy } from "../policy/define-safety-policy.ts";
import { createSecretsDetector } from "../secrets/secrets-detector.ts";
import { testKey } from "./redaction.test.support.ts";
import { createRedactor } from "./redactor.ts";
import { withRedaction } from "./with-redaction.ts";

const common = { surfaces: ["append"], action: "redact", onFailure: "closed" } as const;
const policy = defineSafetyPolicy(
  {
    id: "p",
    version: "1",
    rules: [
      { id: "secrets", detector: "secrets", ...common },
      { id: "pii", detector: "pii", ...common },
    ],
  },
  { detectors: [createSecretsDetector(), createPiiDetector()] },
);
const redactor = createRedactor({ policy, key: testKey });
const mail = "ada.lovelace@example.org";
// Put together here, so that no scanner takes this file for a leak.
const password = ["Tr0ub4dor", "3xyzzy9"].join("&");

const lookUp = defineTool({
  name: "look_up",
  description: "Looks somebody up.",
  input: z.object({ to: z.string() }),
  sideEffects: "none",
  run: ({ to }) => `Found ${to}, password: ${password}`,
});

async function record(input: string, to: string): Promise<readonly StoredEvent[]> {
  const stored = createInMemoryEventLog();
  const calls = [{ name: "look_up", arguments: { to } }];
  const kit = createAgentKit({
    log: withRedaction(stored, redactor),
    model: scriptedModel([{ calls }, { text: `Done for ${to}.` }]),
    agents: [defineAgent({ name: "desk", model: "scripted", instructions: "Be kind.", tools: [lookUp] })],
  });
  await kit.run({ input });
  const events: StoredEvent[] = [];
  for await (const event of stored.readAll()) events.push(event);
  return events;
}

describe("a redactor with the package's own detectors", () => {
  it("keeps what a person says and a tool answers out of the log", async () => {
    const text = JSON.stringify(await record(`I am ${mail}, password=${password}`, mail));
    expect(text).toContain("ToolCallSucceeded");
    expect(text).not.toContain(mail);
    expect(text).not.toContain(password);
  });

  it("takes nothing out of what the engine itself writes", async () => {
    const redacted = (await record("Hello", "Ada")).filter((event) => JSON.stringify(event).includes("[["));
    expect(redacted.map(({ type }) => type)).toEqual(["ToolCallSucceeded"]);
  });

  it("changes nothing that it redacted", () => {
    const part = fc.oneof(
      fc.constantFrom(
        mail,
        `password: ${password}`,
        "4111 1111 1111 1111",
        "+44 20 7946 0958",
        "card",
        "key=",
        "\n",
        '"',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom(undefined, "password", "phone"), (parts, key) => {
        const scope = { session: "a1" };
        const once = redactor.value({ [key ?? "text"]: parts.join(" ") }, scope);
        expect(redactor.value(once, scope)).toEqual(once);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
