import type { Moderator, SecretSource } from "@agentkit/core";
import type { Detector, SafetyPolicyDefinition, VaultOptions } from "@agentkit/safety";
import { z } from "zod";

/** How a configuration has agents kept safe. Everything has a default. */
export interface SafetyConfig {
  /**
   * The rules, or the path of a YAML, JSON or Markdown file that has them, from the directory of the configuration. Default: the
   * policy of AgentKit's SSOT.md, which needs no network.
   */
  readonly policy?: SafetyPolicyDefinition | string;
  /** Hosts whose images and links an answer may show; `.example.org` is the host and all below it. Default none. */
  readonly allowHosts?: readonly string[];
  /** Detectors that rules may name besides AgentKit's own. */
  readonly detectors?: readonly Detector[];
  /** Scores texts for the rules of moderation. Default: OpenAI's moderation, by `OPENAI_API_KEY`. */
  readonly moderator?: Moderator;
  /** Secrets that are known by their value, besides those of the environment: the values, or where they come from. */
  readonly secrets?: readonly string[] | NamedSecrets;
  /** Where redacted values are kept that may be put back. Default: files in the data directory. Who makes it closes it. */
  readonly vault?: VaultOptions;
}

/** Secrets of a source, asked for when the configuration is put to work. */
export interface NamedSecrets {
  readonly source: SecretSource;
  readonly names: readonly string[];
}

const has =
  (...methods: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === "function");
const shape = z.strictObject({
  // What is wrong with a policy is said with its place, when it is put to work.
  policy: z.union([z.string().min(1), z.looseObject({})]).optional(),
  allowHosts: z.array(z.string()).optional(),
  detectors: z.array(z.custom(has("detect"))).optional(),
  moderator: z.custom(has("moderate")).optional(),
  secrets: z
    .union([
      z.array(z.string()),
      z.strictObject({ source: z.custom(has("get")), names: z.array(z.string().min(1)).min(1) }),
    ])
    .optional(),
  vault: z
    .strictObject({ store: z.custom(has("put", "get", "deleteSubject")), keys: z.custom(has("obtain", "find")) })
    .optional(),
});

/** Schema of a {@link SafetyConfig}, or of `false`. */
export const safetyConfigSchema = z.custom<SafetyConfig | false>(
  (value) => value === false || shape.safeParse(value).success,
  "must be false, or { policy?, allowHosts?, detectors?, moderator?, secrets?, vault? }",
);
