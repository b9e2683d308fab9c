import { AgentKitError } from "@agentkit/core";
import { describe, expect, it } from "vitest";
import { parseEnvironment, type Variables } from "./environment.ts";

function messageOf(variables: Variables): string {
  try {
    parseEnvironment(variables, "/work");
  } catch (error) {
    if (AgentKitError.is(error) && error.code === "config_invalid") return error.message;
    throw error;
  }
  throw new Error("It was accepted.");
}

describe("parseEnvironment", () => {
  it("has a default for everything", () => {
    expect(parseEnvironment({}, "/work")).toEqual({
      port: 8787,
      host: "127.0.0.1",
      dataDirectory: "/work/.agentkit",
      configPath: undefined,
      apiKey: undefined,
      baseURL: undefined,
      modelName: "gpt-5.1",
      secrets: [],
      streamPrefix: "",
    });
  });

  it("takes what is set, with paths from the working directory, and an empty variable as not set", () => {
    const variables = {
      PORT: "0",
      HOST: "::1",
      AGENTKIT_DATA_DIR: "data",
      AGENTKIT_CONFIG: "../agents.ts",
      AGENTKIT_MODEL: "gpt-5-mini",
      OPENAI_API_KEY: "",
      OPENAI_BASE_URL: "http://127.0.0.1:11434/v1",
      EVENTSTOREDB_URL: "esdb://localhost:2113",
      EVENTSTOREDB_STREAM_PREFIX: "agentkit-",
    };
    expect(parseEnvironment(variables, "/work")).toEqual({
      port: 0,
      host: "::1",
      dataDirectory: "/work/data",
      configPath: "/agents.ts",
      apiKey: undefined,
      baseURL: "http://127.0.0.1:11434/v1",
      modelName: "gpt-5-mini",
      secrets: [],
      eventStoreDB: "esdb://localhost:2113",
      streamPrefix: "agentkit-",
    });
  });

  it.each([
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80 "],
    ["PORT", "1e3"],
    ["HOST", "http://localhost"],
    ["AGENTKIT_MODEL", "a model"],
    ["OPENAI_BASE_URL", "localhost:8080"],
    ["OPENAI_BASE_URL", "file:///etc"],
    ["OPENAI_API_KEY", "key\nwith a break"],
    ["EVENTSTOREDB_STREAM_PREFIX", "$agentkit"],
  ])("refuses %s=%j by its name", (name, value) => {
    expect(messageOf({ [name]: value })).toContain(`${name} must be`);
  });

  it("calls a variable by what it was set by", () => {
    expect(() => parseEnvironment({ PORT: "99999" }, "/work", { PORT: "--port" })).toThrow(
      'The settings are not right: --port must be a whole number from 0 to 65535 (it is "99999").',
    );
  });

  it("names every fault at once, and repeats no value that may be a secret", () => {
    const message = messageOf({
      PORT: "many",
      OPENAI_API_KEY: "sk-hidden word",
      OPENAI_BASE_URL: "ftp://ada:hidden@host",
    });
    expect(message).toMatch(/PORT .*"many".*; OPENAI_API_KEY .*; OPENAI_BASE_URL /);
    expect(message).not.toContain("hidden");
  });
});
