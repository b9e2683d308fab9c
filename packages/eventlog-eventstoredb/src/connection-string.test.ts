import { describe, expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";

describe("parseConnectionString", () => {
  it("reads one host, with the port that is usual", () => {
    expect(parseConnectionString("esdb://db.example")).toEqual({
      discover: false,
      hosts: [{ address: "db.example", port: 2_113 }],
      credentials: undefined,
      tls: true,
      options: {},
    });
  });

  it("reads credentials, a cluster and options in any spelling", () => {
    const text =
      "esdb://ad%40min:p%3Aw@a:1,b:2,[::1]:3/?TLS=false&node-preference=readOnlyReplica&keepAliveInterval=-1&connectionName=x%20y";
    expect(parseConnectionString(text)).toEqual({
      discover: false,
      hosts: [
        { address: "a", port: 1 },
        { address: "b", port: 2 },
        { address: "[::1]", port: 3 },
      ],
      credentials: { username: "ad@min", password: "p:w" },
      tls: false,
      options: { nodePreference: "read_only_replica", keepAliveInterval: -1, connectionName: "x y" },
    });
  });

  it("reads a DNS name of a cluster", () => {
    const settings = parseConnectionString(
      "esdb+discover://cluster.example:2200?maxDiscoverAttempts=3&gossipTimeout=2",
    );
    expect(settings).toMatchObject({ discover: true, options: { maxDiscoverAttempts: 3, gossipTimeout: 2 } });
  });

  it.each([
    ["", "esdb://host:port"],
    ["http://a", "esdb://host:port"],
    ["esdb://", "esdb://host:port"],
    ["esdb://a b", "host"],
    ["esdb://a:99999", "host"],
    ["esdb://a,,b", "host"],
    ["esdb://user@a", "%3A"],
    ["esdb://user:xyzzy:plugh@a", "%3A"],
    ["esdb://user:xyzzy@plugh@a", "%40"],
    ["esdb://user:%xyzzy@a", "%25"],
    ["esdb://a?tsl=true", "'tsl'"],
    ["esdb://a?tls=yes", "tls"],
    ["esdb://a?tlsVerifyCert=false", "tlsCAFile"],
    ["esdb://a?throwOnAppendFailure=false", "throwOnAppendFailure"],
    ["esdb://a?gossipTimeout=soon", "gossipTimeout"],
    ["esdb://a?nodePreference=best", "nodePreference"],
  ])("refuses %o and says what is wrong, without the password", (text, hint) => {
    expect(() => parseConnectionString(text)).toThrow(hint);
    expect(() => parseConnectionString(text)).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(() => parseConnectionString(text)).not.toThrow(/xyzzy|plugh/);
  });
});
