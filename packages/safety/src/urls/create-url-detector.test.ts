import { describe, expect, it } from "vitest";
import { scanText } from "../text/scan-text.ts";
import { createUrlDetector } from "./create-url-detector.ts";

function found(text: string, options: Parameters<typeof createUrlDetector>[0]): readonly string[] {
  return createUrlDetector(options)
    .detect(scanText(text), { source: "model" })
    .map(({ category, start, end }) => `${category} ${text.slice(start, end)}`);
}

describe("createUrlDetector", () => {
  const allow = { allowHosts: ["example.org", ".example.com"] };

  it.each([
    "https://example.org/a?b=c#d",
    "HTTPS://EXAMPLE.ORG",
    "(see https://example.com/wiki/A_(b)).",
    "https://a.b.example.com",
    "www.example.com",
    "https://example.org./",
    "nothing: here, 10:30, a://",
  ])("lets %j pass", (text) => {
    expect(found(text, allow)).toEqual([]);
  });

  it.each([
    ["go to https://evil.net/x.", "url.host https://evil.net/x"],
    ["https://example.org.evil.net", "url.host https://example.org.evil.net"],
    ["https://evilexample.com", "url.host https://evilexample.com"],
    ["https://sub.example.org", "url.host https://sub.example.org"],
    ["https://example.org@evil.net", "url.host https://example.org@evil.net"],
    ["https://user:pw@example.org", "url.credentials https://user:pw@example.org"],
    ["www.evil.net", "url.host www.evil.net"],
    ["http://2130706433/", "url.host http://2130706433/"],
    ["https://ｅｖｉｌ.net", "url.host https://ｅｖｉｌ.net"],
    ["https://ev\u200bil.net", "url.host https://ev\u200bil.net"],
    ["[x](javascript:alert(1))", "url.scheme javascript:alert(1)"],
    ["data:text/html,hi", "url.scheme data:text/html,hi"],
    ["ftp://example.org", "url.scheme ftp://example.org"],
  ])("finds what is in %j", (text, expected) => {
    expect(found(text, allow)).toEqual([expected]);
  });

  it("denies hosts whatever is allowed", () => {
    const options = { allowHosts: [".example.com"], denyHosts: ["ads.example.com"] };
    expect(found("https://ads.example.com https://example.com", options)).toEqual(["url.host https://ads.example.com"]);
  });

  it.each(["", ".", "*.example.org", "https://example.org", "a b"])("refuses %j as a host", (host) => {
    expect(() => createUrlDetector({ allowHosts: [host] })).toThrow(
      expect.objectContaining({ code: "definition_invalid" }),
    );
  });

  it.each([
    "https://".repeat(20_000),
    "www.".repeat(30_000),
    `https://a${"/(".repeat(50_000)}`,
    "https://[",
    "\ud800https://\udc00",
  ])("reads any string (%#)", (text) => {
    expect(() => found(text, allow)).not.toThrow();
  });
});
