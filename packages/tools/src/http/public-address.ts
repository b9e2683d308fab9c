import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Says why an address is not one of the public internet's, or nothing when it is. Only what can be proven public passes: in
 * IPv6 that is 2000::/3 without its special blocks, so that every form that carries an IPv4 address (mapped, compatible,
 * NAT64, 6to4, Teredo) is refused with it.
 *
 * Source: IANA's special-purpose address registries, by way of ipaddr.js.
 */
export function addressProblem(address: string): string | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "is no plain IP address";
  if (metadataAddresses.has(parsed.toString())) return "is the address of a cloud's metadata service";
  const range = parsed.range();
  if (range !== "unicast") return `is ${describeRange(range)}, not public`;
  return parsed.kind() === "ipv6" && !isIn(parsed, globalUnicast) ? "is outside of the public IPv6 space" : undefined;
}

/**
 * Whether an address may be what an internal name stands for: this machine or a private network, never a link-local address
 * or a metadata service.
 */
export function isInternalAddress(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && !metadataAddresses.has(parsed.toString()) && internalRanges.has(parsed.range());
}

/** A block of addresses. */
export type AddressBlock = readonly [Address, number];

/** Reads an address or a block in CIDR notation; nothing when the text is neither. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = parseAddress(text);
  return address === undefined ? undefined : [address, address.kind() === "ipv4" ? 32 : 128];
}

/** Whether an address lies in one of the blocks. */
export function isInBlocks(address: string, blocks: readonly AddressBlock[]): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && blocks.some((block) => isIn(parsed, block));
}

const globalUnicast: AddressBlock = [ipaddr.parse("2000::"), 3];

/** What `http://metadata` stands for on the large clouds. Azure's is a public address that only its own machines reach. */
const metadataAddresses: ReadonlySet<string> = new Set(
  ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"].map((address) =>
    ipaddr.parse(address).toString(),
  ),
);

const internalRanges: ReadonlySet<string> = new Set(["loopback", "private", "uniqueLocal", "carrierGradeNat"]);

const rangeNames: Readonly<Record<string, string>> = {
  unspecified: "an unspecified address",
  broadcast: "the broadcast address",
  multicast: "a multicast address",
  linkLocal: "a link-local address",
  loopback: "a loopback address",
  carrierGradeNat: "an address of a carrier's network",
  private: "an address of a private network",
  uniqueLocal: "an address of a private network",
  ipv4Mapped: "an IPv4 address mapped into IPv6",
  rfc6052: "a NAT64 address",
  rfc6145: "an address translated from IPv4",
  "6to4": "a 6to4 address",
  teredo: "a Teredo address",
};

function describeRange(range: string): string {
  return rangeNames[range] ?? `a special address (${range})`;
}

function isIn(address: Address, block: AddressBlock): boolean {
  // `match` throws for an address of the other family.
  return address.kind() === block[0].kind() && address.match(block[0], block[1]);
}

/** Strict: four decimal parts or IPv6 without a zone, which is what resolvers and the URL parser give. */
function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) && !text.includes("%") ? ipaddr.IPv6.parse(text) : undefined;
}
