import { describe, expect, it } from "vitest";
import { findSecrets } from "./find-secrets.ts";

describe("findSecrets", () => {
  it.each([
    "OPENAI_API_KEY",
    "AGENTKIT_REDACTION_KEY",
    "GITHUB_TOKEN",
    "PGPASSWORD",
    "client_secret",
    "DB_PASS",
    "MYSQL_PWD",
    "SECRET2",
  ])("takes the value of %s for a secret", (name) => {
    expect(findSecrets({ [name]: "a value" })).toEqual(["a value"]);
  });

  it.each(["PWD", "OLDPWD", "PATH", "AGENTKIT_MODEL", "MONKEY", "COMPASS", "TOKENIZER"])(
    "takes no value of %s",
    (name) => {
      expect(findSecrets({ [name]: "a value" })).toEqual([]);
    },
  );

  it("takes the passwords of addresses as they are written and as they are", () => {
    const variables = {
      EVENTSTOREDB_URL: "esdb://ops:s/c%40ret@one:2113,two:2113?tls=false",
      CACHE: "rediss://:only-a-password@cache:6379/0",
      OPENAI_BASE_URL: "https://api.example/v1",
      BROKEN: "amqp://guest:100%@queue",
    };
    expect(findSecrets(variables)).toEqual(["s/c%40ret", "s/c@ret", "only-a-password", "100%"]);
  });
});
