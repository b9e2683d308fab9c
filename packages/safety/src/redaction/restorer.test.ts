import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInMemorySubjectKeys } from "../vault/subject-keys.ts";
import { createVault } from "../vault/vault.ts";
import { createInMemoryVaultStore } from "../vault/vault-store.ts";
import { redactingPolicy, testKey } from "./redaction.test.support.ts";
import { createRedactor, type Redactor } from "./redactor.ts";
import { createRestorer, type Restorer } from "./restorer.ts";

const mail = "ada@mail.example";
const card = "4111111111111111";
const token = "tok_abcdefghijkl";
const scope = { session: "a1", subject: "ada" };

interface Setup {
  readonly redactor: Redactor;
  readonly restorer: Restorer;
  readonly erase: () => Promise<void>;
}

function setUp(): Setup {
  const policy = redactingPolicy(
    { categories: ["pii.email"], tools: ["send_*"], fields: ["to.*", "cc"] },
    { categories: ["pii.*"], tools: ["pay"] },
    { categories: ["pii.email"], answer: true },
  );
  const keys = createInMemorySubjectKeys();
  const store = createInMemoryVaultStore();
  const vault = createVault({ store, keys });
  return {
    redactor: createRedactor({ policy, key: testKey, vault }),
    restorer: createRestorer({ policy, key: testKey, vault }),
    async erase() {
      await vault.flush();
      keys.destroy("ada");
    },
  };
}

async function* inPieces(text: string, lengths: readonly number[]): AsyncGenerator<string, void> {
  let start = 0;
  for (let index = 0; start < text.length; index += 1) {
    const length = lengths[index % lengths.length] ?? 1;
    yield text.slice(start, start + length);
    start += length;
  }
}

async function collect(pieces: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

describe("restorer", () => {
  it("gives a tool the values of the categories and fields that it may have", async () => {
    const { redactor, restorer } = setUp();
    const [to, number] = [redactor.text(mail, scope), redactor.text(card, scope)];
    const text = JSON.stringify({ to: [to, `Ada <${to}>`], cc: number, body: to });
    expect(JSON.parse(await restorer.toolArguments("a1", "send_mail", text))).toEqual({
      to: [mail, `Ada <${mail}>`],
      cc: number,
      body: to,
    });
    expect(JSON.parse(await restorer.toolArguments("a1", "pay", text))).toMatchObject({ cc: card, body: mail });
    expect(await restorer.toolArguments("a1", "look_up", text)).toBe(text);
    expect(await restorer.toolArguments("a1", "send_mail", "no JSON [[")).toBe("no JSON [[");
  });

  it("gives a tool a number as a number, and the text that holds one as a text", async () => {
    const { redactor, restorer } = setUp();
    const value = { phone: Number(card), below: [-Number(card)], text: card, account: "none" };
    const redacted = redactor.value(value, scope);
    const text = JSON.stringify(redacted);
    expect(text).not.toContain(card);
    expect(JSON.parse(await restorer.toolArguments("a1", "pay", text))).toEqual(value);
    expect(await restorer.toolArguments("a1", "send_mail", text)).toBe(text);
    const phone = /\[\[PII:CARD__NUMBER:\w{12}\]\]/.exec(text)?.[0] ?? "";
    const within = JSON.stringify({ note: `card ${phone}`, [phone]: 1 });
    expect(JSON.parse(await restorer.toolArguments("a1", "pay", within))).toEqual({ note: `card ${card}`, [card]: 1 });
  });

  it("restores the answer, and what was escaped reads as it was written", async () => {
    const { redactor, restorer } = setUp();
    const text = `Mail ${mail}, card ${card}, [[PII:EMAIL:0123456789ab]], [[~0123456789ab:PII:EMAIL:0123456789ab]].`;
    expect(await restorer.answer("a1", redactor.text(text, scope))).toBe(
      text.replace(card, redactor.text(card, scope)),
    );
  });

  it("never restores a secret that no rule names, a placeholder of another session, or one that was made up", async () => {
    const { redactor, restorer } = setUp();
    const foreign = redactor.text(mail, { session: "b2" });
    const text = `${redactor.text(token, scope)} ${foreign} [[PII:EMAIL:0123456789ab]]`;
    expect(await restorer.answer("a1", text)).toBe(text);
  });

  it("leaves the placeholder of a subject that was erased", async () => {
    const { redactor, restorer, erase } = setUp();
    const text = redactor.text(mail, scope);
    expect(await restorer.answer("a1", text)).toBe(mail);
    await erase();
    expect(await restorer.answer("a1", text)).toBe(text);
  });

  it("restores a stream as it restores the whole, wherever its pieces end", async () => {
    const { redactor, restorer } = setUp();
    const part = fc.oneof(
      fc.constantFrom(mail, card, "[", "[[", "]]", "[[PII:", "~", " and "),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        async (parts, lengths) => {
          const text = redactor.text(parts.join(""), scope);
          const pieces = await collect(restorer.answerStream("a1", inPieces(text, lengths)));
          expect(pieces.join("")).toBe(await restorer.answer("a1", text));
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it("holds back nothing of plain text", async () => {
    const { restorer } = setUp();
    const pieces = ["plain ", "text, a list[0]", " and [a] "];
    expect(
      await collect(
        restorer.answerStream(
          "a1",
          inPieces(
            pieces.join(""),
            pieces.map(({ length }) => length),
          ),
        ),
      ),
    ).toEqual(pieces);
  });
});
