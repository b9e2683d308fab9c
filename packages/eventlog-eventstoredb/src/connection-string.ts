import { AgentKitError } from "@agentkit/core";

/** A connection string, understood. Nothing of it is ever printed but hosts and the names of options. */
export interface ConnectionSettings {
  /** `esdb+discover`: the host is a DNS name of all nodes. */
  readonly discover: boolean;
  readonly hosts: readonly [Endpoint, ...Endpoint[]];
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly tls: boolean;
  readonly options: ConnectionOptions;
}

/** A server's address. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The options of a connection string that this log passes on. */
export interface ConnectionOptions {
  readonly tlsCAFile?: string;
  readonly userCertFile?: string;
  readonly userKeyFile?: string;
  readonly nodePreference?: NodePreference;
  readonly connectionName?: string;
  readonly maxDiscoverAttempts?: number;
  readonly discoveryInterval?: number;
  readonly gossipTimeout?: number;
  readonly keepAliveInterval?: number;
  readonly keepAliveTimeout?: number;
}

/** Which node of a cluster is wanted. */
export type NodePreference = "leader" | "follower" | "read_only_replica" | "random";

/**
 * Reads `esdb://user:password@host:2113,host:2113?option=value` and `esdb+discover://…`.
 *
 * The client has a parser of its own; it prints the string with its password when `DEBUG` asks for it, cuts a password at
 * a `:`, and lets an unknown option pass.
 *
 * @throws AgentKitError `config_invalid`
 */
export function parseConnectionString(text: string): ConnectionSettings {
  const match = /^(esdb|esdb\+discover):\/\/(?:(.*)@)?([^@/?]+)\/?(?:\?(.*))?$/s.exec(text.trim());
  const [, scheme, userInfo, hosts, query] = match ?? [];
  if (hosts === undefined) {
    throw invalid("is not esdb://host:port?option=value or esdb+discover://host:port?option=value");
  }
  const values = readOptions(query ?? "");
  return {
    discover: scheme === "esdb+discover",
    hosts: readHosts(hosts),
    credentials: userInfo === undefined ? undefined : readCredentials(userInfo),
    tls: values.get("tls") !== "false",
    options: toOptions(values),
  };
}

const defaultPort = 2_113;

function readHosts(text: string): ConnectionSettings["hosts"] {
  const [first, ...rest] = text.split(",").map((host): Endpoint => {
    const [, address, port] = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(host.trim()) ?? [];
    if (address === undefined || Number(port ?? defaultPort) > 65_535) {
      throw invalid("has a host that is not a name or address with an optional port");
    }
    return { address, port: Number(port ?? defaultPort) };
  });
  if (first === undefined) throw invalid("names no host");
  return [first, ...rest];
}

function readCredentials(text: string): { username: string; password: string } {
  const parts = text.split(":");
  const [username, password] = parts.map(decode);
  if (parts.length !== 2 || username === undefined || password === undefined || username === "") {
    throw invalid("has credentials that are not user:password; write a ':' in either as %3A and an '@' as %40");
  }
  if (text.includes("@")) throw invalid("has an '@' in its credentials; write it as %40");
  return { username, password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("has a '%' that begins no encoded character; write it as %25");
  }
}

/** Options in the spelling of the documentation, found whatever their case. */
const optionNames = [
  "tls",
  "tlsVerifyCert",
  "tlsCAFile",
  "userCertFile",
  "userKeyFile",
  "nodePreference",
  "connectionName",
  "maxDiscoverAttempts",
  "discoveryInterval",
  "gossipTimeout",
  "keepAliveInterval",
  "keepAliveTimeout",
  "defaultDeadline",
  "throwOnAppendFailure",
] as const;

type OptionName = (typeof optionNames)[number];

function readOptions(query: string): ReadonlyMap<OptionName, string> {
  const values = new Map<OptionName, string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const [key = "", value = ""] = pair.split(/=(.*)/s);
    const name = optionNames.find((known) => known.toLowerCase() === key.toLowerCase().replace(/[_-]/g, ""));
    if (name === undefined) throw invalid(`has the option '${key.slice(0, 40)}', which EventStoreDB does not know`);
    values.set(name, decode(value).trim());
  }
  for (const name of ["tls", "tlsVerifyCert", "throwOnAppendFailure"] as const) {
    if (!["true", "false", undefined].includes(values.get(name)))
      throw invalid(`has a ${name} that is not true or false`);
  }
  if (values.get("tlsVerifyCert") === "false") {
    throw invalid("asks not to verify certificates, which the client cannot do; name the authority with tlsCAFile");
  }
  if (values.get("throwOnAppendFailure") === "false") {
    throw invalid("has throwOnAppendFailure=false, with which failed appends give wrong revisions; leave it out");
  }
  return values;
}

const preferences: readonly NodePreference[] = ["leader", "follower", "read_only_replica", "random"];

function toOptions(values: ReadonlyMap<OptionName, string>): ConnectionOptions {
  const options: { -readonly [Name in keyof ConnectionOptions]: ConnectionOptions[Name] } = {};
  for (const name of ["tlsCAFile", "userCertFile", "userKeyFile", "connectionName"] as const) {
    const value = values.get(name);
    if (value !== undefined) options[name] = value;
  }
  for (const name of numberNames) {
    const value = values.get(name);
    if (value === undefined) continue;
    if (!/^(-1|\d{1,9})$/.test(value)) throw invalid(`has a ${name} that is no whole number`);
    options[name] = Number(value);
  }
  return { ...options, ...toPreference(values.get("nodePreference")) };
}

const numberNames = [
  "maxDiscoverAttempts",
  "discoveryInterval",
  "gossipTimeout",
  "keepAliveInterval",
  "keepAliveTimeout",
] as const;

function toPreference(value: string | undefined): Pick<ConnectionOptions, "nodePreference"> {
  if (value === undefined) return {};
  const flat = value.toLowerCase().replace(/[_-]/g, "");
  const nodePreference = preferences.find((known) => known.replaceAll("_", "") === flat);
  if (nodePreference === undefined) throw invalid(`has a nodePreference that is none of ${preferences.join(", ")}`);
  return { nodePreference };
}

function invalid(what: string): AgentKitError {
  return new AgentKitError("config_invalid", `The connection string of EventStoreDB ${what}.`, {
    param: "connectionString",
  });
}
