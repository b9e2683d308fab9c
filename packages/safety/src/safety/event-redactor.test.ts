import { describe, expect, it } from "vitest";
import { rule, safetyOf, scope, userSays } from "./safety.test.support.ts";

describe("the redactor of events", () => {
  it("counts more findings in one text than a call has room for", () => {
    const { safety } = safetyOf({
      rules: [rule({ id: "mail", detector: "persons", action: "redact", surfaces: ["append"] })],
    });
    const data = { items: [userSays("ada@mail.example ".repeat(140_000))] };
    const { draft, decisions } = safety.redactor.draft({ type: "PromptReceived", data }, scope);
    expect(decisions).toMatchObject([{ surface: "append", rules: [{ id: "mail", count: 140_000 }] }]);
    expect(JSON.stringify(draft)).not.toContain("ada@mail.example");
  });
});
