import { assert, asyncProperty, constantFrom, nat, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { createNetworkGuard } from "./network-guard.ts";
import type { NetworkPolicy } from "./network-policy.ts";

/** The verdict on a URL, as a client reaches it: first what the URL says, then the addresses of its host. */
async function verdict(text: string, policy: NetworkPolicy = {}, names: Record<string, readonly string[]> = {}) {
  const guard = createNetworkGuard({ schemes: ["http", "https"], ports: "any", ...policy }, async (hostname) =>
    Promise.resolve(names[hostname] ?? []),
  );
  const url = URL.parse(text);
  if (url === null) return "no URL";
  try {
    guard.checkUrl(url);
    return await guard.vetHost(url.hostname);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

type Notation = (number: number, parts: readonly number[]) => string;

const hex = (number: number): string => number.toString(16);

/** Ways to write one IPv4 address in a URL. */
const notations: readonly Notation[] = [
  (_, parts) => parts.join("."),
  (_, parts) => `${parts.join(".")}.`,
  (number) => String(number),
  (number) => `0x${hex(number)}`,
  (number) => `0${number.toString(8)}`,
  (_, parts) => parts.map((part) => `0x${hex(part)}`).join("."),
  (_, parts) => parts.map((part) => `0${part.toString(8)}`).join("."),
  (number, [first]) => `${first}.${number % 2 ** 24}`,
  (number, [first, second]) => `${first}.${second}.${number % 2 ** 16}`,
  (_, parts) => parts.join(".").replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (_, parts) => parts.join("。"),
  (_, parts) => parts.join(".").replaceAll(/./g, (letter) => `%${hex(letter.codePointAt(0) ?? 0)}`),
  (number) => `[::ffff:${hex(Math.floor(number / 65_536))}:${hex(number % 65_536)}]`,
  (_, parts) => `[::ffff:${parts.join(".")}]`,
  (_, parts) => `[::${parts.join(".")}]`,
  (_, parts) => `[64:ff9b::${parts.join(".")}]`,
  (number) => `[2002:${hex(Math.floor(number / 65_536))}:${hex(number % 65_536)}::1]`,
  (_, parts) => `a@${parts.join(".")}`,
];

function isLetThrough(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

describe("createNetworkGuard", () => {
  it.each([
    ["dotted decimal", "http://127.0.0.1/", "a loopback address"],
    ["another of 127/8", "http://127.8.9.10/", "a loopback address"],
    ["one decimal number", "http://2130706433/", "a loopback address"],
    ["hexadecimal", "http://0x7f000001/", "a loopback address"],
    ["hexadecimal parts, short", "http://0x7f.1/", "a loopback address"],
    ["octal", "http://0177.0.0.1/", "a loopback address"],
    ["short form", "http://127.1/", "a loopback address"],
    ["a final dot", "http://127.0.0.1./", "a loopback address"],
    ["full-width digits", "http://１２７.0.0.1/", "a loopback address"],
    ["percent-encoded", "http://%31%32%37.0.0.1/", "a loopback address"],
    ["ideographic full stops", "http://127。0。0。1/", "a loopback address"],
    ["a tab within", "http://127.0.\t0.1/", "a loopback address"],
    ["a newline within", "ht\ntp://127.0.0.1/", "a loopback address"],
    ["backslashes", "http:\\\\127.0.0.1\\", "a loopback address"],
    ["unspecified", "http://0.0.0.0/", "an unspecified address"],
    ["zero", "http://0/", "an unspecified address"],
    ["private", "https://10.0.0.1/", "an address of a private network"],
    ["private, 172", "https://172.31.255.1/", "an address of a private network"],
    ["private, 192", "https://192.168.1.1/", "an address of a private network"],
    ["carrier-grade NAT", "https://100.64.0.1/", "an address of a carrier's network"],
    ["link-local", "https://169.254.1.1/", "a link-local address"],
    ["metadata, AWS", "http://169.254.169.254/latest/meta-data/", "a cloud's metadata service"],
    ["metadata as a number", "http://2852039166/", "a cloud's metadata service"],
    ["metadata, AWS by IPv6", "http://[fd00:ec2::254]/", "a cloud's metadata service"],
    ["metadata, Azure", "http://168.63.129.16/", "a cloud's metadata service"],
    ["multicast", "http://224.0.0.1/", "a multicast address"],
    ["broadcast", "http://255.255.255.255/", "the broadcast address"],
    ["documentation", "http://192.0.2.1/", "a special address"],
    ["IPv6 loopback", "http://[::1]/", "a loopback address"],
    ["IPv6 loopback, long", "http://[0:0:0:0:0:0:0:1]/", "a loopback address"],
    ["IPv6 unspecified", "http://[::]/", "an unspecified address"],
    ["IPv6 unique local", "http://[fc00::1]/", "an address of a private network"],
    ["IPv6 link-local", "http://[fe80::1]/", "a link-local address"],
    ["IPv4-mapped", "http://[::ffff:7f00:1]/", "mapped into IPv6"],
    ["IPv4-mapped, dotted", "http://[::ffff:127.0.0.1]/", "mapped into IPv6"],
    ["IPv4-compatible", "http://[::7f00:1]/", "outside of the public IPv6 space"],
    ["IPv4-translated", "http://[::ffff:0:7f00:1]/", "translated from IPv4"],
    ["NAT64", "http://[64:ff9b::7f00:1]/", "a NAT64 address"],
    ["NAT64, local", "http://[64:ff9b:1::7f00:1]/", "a NAT64 address"],
    ["6to4", "http://[2002:7f00:1::]/", "a 6to4 address"],
    ["Teredo", "http://[2001:0:7f00:1::]/", "a Teredo address"],
    ["localhost", "http://localhost/", "a loopback address"],
    ["LOCALHOST with a final dot", "http://LOCALHOST./", "a loopback address"],
    ["below localhost", "http://public.example.localhost/", "a loopback address"],
    ["user information", "http://a@127.0.0.1/", "user name or password"],
    ["a host as user", "http://public.example@127.0.0.1/", "user name or password"],
    ["a password", "http://a:b@public.example/", "user name or password"],
    ["a file", "file:///etc/passwd", "the scheme 'file' is not allowed"],
    ["another scheme", "gopher://127.0.0.1/", "the scheme 'gopher' is not allowed"],
    ["a name of a private address", "http://inside.example/", "stands for 10.0.0.7, which is an address of a private"],
    ["one private address of many", "http://mixed.example/", "stands for ::1, which is a loopback address"],
    ["a name of a mapped address", "http://mapped.example/", "stands for ::ffff:10.0.0.1"],
    ["a name of a scoped address", "http://scoped.example/", "is no plain IP address"],
    ["a name of a number", "http://strange.example/", "is no plain IP address"],
    ["a name that there is not", "http://nowhere.example/", "cannot be resolved"],
  ])("refuses %s: %s", async (_title, url, reason) => {
    const names = {
      // A server for names that lies about this machine's own is not asked.
      localhost: ["1.1.1.1"],
      "public.example": ["1.1.1.1"],
      "inside.example": ["10.0.0.7"],
      "mixed.example": ["1.1.1.1", "::1"],
      "mapped.example": ["::ffff:10.0.0.1"],
      "scoped.example": ["fe80::1%eth0"],
      "strange.example": ["2130706433"],
    };
    expect(await verdict(url, {}, names)).toContain(reason);
  });

  it.each(["http://[fe80::1%25eth0]/", "http://", "http:///", "http://exa mple/", "http://256.256.256.256/", "//x"])(
    "is never asked about what is no URL: %j",
    async (text) => {
      expect(await verdict(text)).toBe("no URL");
    },
  );

  it.each([
    ["a public name", "https://public.example/", ["1.1.1.1", "2606:4700:4700::1111"]],
    ["what only looks like user information", "http://public.example#@127.0.0.1/", ["1.1.1.1", "2606:4700:4700::1111"]],
    ["a backslash before an at sign", "http://public.example\\@127.0.0.1/", ["1.1.1.1", "2606:4700:4700::1111"]],
    ["a private address in the path", "https://public.example/127.0.0.1", ["1.1.1.1", "2606:4700:4700::1111"]],
    ["a public literal", "https://8.8.8.8/", ["8.8.8.8"]],
    ["a public IPv6 literal", "https://[2606:4700:4700::1111]/", ["2606:4700:4700::1111"]],
  ])("lets %s through, to the addresses it vetted", async (_title, url, addresses) => {
    expect(await verdict(url, {}, { "public.example": ["1.1.1.1", "2606:4700:4700::1111"] })).toEqual(addresses);
  });

  it("refuses each address inside, in each notation that a URL may have", async () => {
    const inside = constantFrom(
      [10, 0, 0, 0, 8] as const,
      [127, 0, 0, 0, 8] as const,
      [169, 254, 0, 0, 16] as const,
      [172, 16, 0, 0, 12] as const,
      [192, 168, 0, 0, 16] as const,
      [100, 64, 0, 0, 10] as const,
    );
    const address = tuple(inside, nat(0xffffffff)).map(([[a, b, c, d, bits], random]) => {
      const mask = 2 ** (32 - bits);
      return a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d + (random % mask);
    });
    await assert(
      asyncProperty(address, constantFrom(...notations), async (number, notation) => {
        const parts = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256);
        expect(await verdict(`http://${notation(number, parts)}/`)).toMatch(/is refused/);
      }),
    );
  });

  it("goes by https to port 443 unless the policy says otherwise", async () => {
    const names = { "public.example": ["1.1.1.1"] };
    const strict = { schemes: ["https"], ports: [443] } as const;
    expect(await verdict("http://public.example/", strict, names)).toContain("the scheme 'http' is not allowed");
    expect(await verdict("https://public.example:22/", strict, names)).toContain("port 22 is not allowed");
    expect(await verdict("https://public.example:443/", strict, names)).toEqual(["1.1.1.1"]);
    const defaults = createNetworkGuard();
    expect(() => defaults.checkUrl(new URL("https://public.example:8443/"))).toThrow("port 8443 is not allowed");
    expect(() => defaults.checkUrl(new URL("http://public.example/"))).toThrow("the scheme 'http' is not allowed");
    expect(() => createNetworkGuard({ schemes: ["http"] }).checkUrl(new URL("http://public.example/"))).not.toThrow();
  });

  it.each([
    ["https://api.example.com/", true],
    ["https://API.EXAMPLE.COM./", true],
    ["https://a.b.example.org/", true],
    ["https://example.org/", false],
    ["https://evilexample.org/", false],
    ["https://api.example.com.evil.test/", false],
    ["https://xapi.example.com/", false],
    ["https://xn--mnchen-3ya.example/", true],
    ["https://münchen.example/", true],
    ["https://1.1.1.1/", false],
  ])("matches whole names and suffixes of labels only: %s → %s", (url, allowed) => {
    const guard = createNetworkGuard({ allowHosts: ["api.example.com", ".example.org", "MÜNCHEN.example"] });
    expect(isLetThrough(() => guard.checkUrl(new URL(url)))).toBe(allowed);
  });

  it("lets blocks and names through that are listed as private, and nothing beside them", async () => {
    const policy = { allowPrivate: ["10.1.0.0/16", "::1", "billing.internal"] };
    const names = {
      "a.example": ["10.1.2.3"],
      "b.example": ["10.2.0.1"],
      "billing.internal": ["192.168.0.9"],
      "xbilling.internal": ["192.168.0.9"],
    };
    expect(await verdict("http://a.example/", policy, names)).toEqual(["10.1.2.3"]);
    expect(await verdict("http://10.1.255.1/", policy)).toEqual(["10.1.255.1"]);
    expect(await verdict("http://[::1]/", policy)).toEqual(["::1"]);
    expect(await verdict("http://billing.internal/", policy, names)).toEqual(["192.168.0.9"]);
    expect(await verdict("http://xbilling.internal/", policy, names)).toContain("private network");
    expect(await verdict("http://b.example/", policy, names)).toContain("private network");
    expect(await verdict("http://192.168.0.9/", policy)).toContain("private network");
    expect(await verdict("http://[::ffff:10.1.2.3]/", policy)).toContain("mapped");
  });

  it("never takes a metadata service for what an internal name stands for", async () => {
    const policy = { allowPrivate: ["billing.internal"] };
    for (const address of ["169.254.169.254", "169.254.1.1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0"]) {
      expect(await verdict("http://billing.internal/", policy, { "billing.internal": [address] })).toContain("refused");
    }
    expect(await verdict("http://169.254.169.254/", { allowPrivate: ["169.254.169.254"] })).toEqual([
      "169.254.169.254",
    ]);
  });

  it.each(["", ".", "*.example.com", "https://example.com", "a.example/path", "10.0.0.0/99", "user@host", "a:80"])(
    "refuses a policy with %j in it",
    (entry) => {
      expect(() => createNetworkGuard({ allowHosts: [entry] })).toThrow("is no host");
      expect(() => createNetworkGuard({ allowPrivate: [entry] })).toThrow("is no host");
    },
  );
});
