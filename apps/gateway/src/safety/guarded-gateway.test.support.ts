import { type Agent, createInMemoryEventLog, defineAgent, defineTool, type EventLog, type Model } from "@agentkit/core";
import { createApprovalAuthority } from "@agentkit/tools";
import {
  createCustomDetector,
  createDefaultDetectors,
  createInMemorySubjectKeys,
  createInMemoryVaultStore,
  createSafety,
  createVault,
  defaultSafetyPolicy,
  defineSafetyPolicy,
  type ModerationService,
  type RestoreRule,
  type SafetyRule,
} from "@agentkit/safety";
import { z } from "zod";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../gateway.test.support.ts";

/** A guarded gateway, and what its log has been given underneath. */
export interface GuardedGateway extends TestGateway {
  /** The mails that the tool has sent. */
  readonly sent: string[];
  /** Everything in the log, as text. */
  recorded(): Promise<string>;
}

interface GuardedOptions extends Partial<TestGatewayOptions> {
  readonly model: Model;
  /** Rules beside the default policy's. */
  readonly rules?: readonly SafetyRule[];
  /** What is put back where. Default: as the default policy says. */
  readonly restore?: readonly RestoreRule[];
  readonly moderation?: ModerationService;
}

/** Looks for the word that rules of tests are about. */
const words = createCustomDetector({
  id: "words",
  version: "1",
  patterns: [{ rule: "word", category: "word.forbidden", pattern: "forbidden" }],
});

/** A rule about the word `forbidden`. */
export function wordRule(rule: Pick<SafetyRule, "id" | "surfaces" | "action">): SafetyRule {
  return { detector: "custom:words", onFailure: "closed", ...rule };
}

/** Starts a gateway with the default policy, and an agent that can send mails. */
export async function startGuardedGateway(options: GuardedOptions): Promise<GuardedGateway> {
  const {
    rules = [],
    restore = defaultSafetyPolicy.restore ?? [],
    moderation,
    log = createInMemoryEventLog(),
    ...rest
  } = options;
  const detectors = [...createDefaultDetectors(), words];
  const definition = { ...defaultSafetyPolicy, rules: [...defaultSafetyPolicy.rules, ...rules], restore };
  const safety = createSafety({
    policy: defineSafetyPolicy(definition, { detectors }),
    key: new Uint8Array(32).fill(7),
    vault: createVault({ store: createInMemoryVaultStore(), keys: createInMemorySubjectKeys() }),
    ...(moderation && { moderation }),
  });
  const sent: string[] = [];
  const approvals = createApprovalAuthority({
    key: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  });
  const test = await startTestGateway({ agents: agentsOf(sent), approvals, log, safety, ...rest });
  return Object.assign(test, { sent, recorded: async () => readAll(log) });
}

function agentsOf(sent: string[]): readonly Agent[] {
  const sender = (name: string, approval: "never" | "always") =>
    defineTool({
      name,
      description: "Sends a mail.",
      input: z.object({ to: z.string() }),
      sideEffects: "idempotent",
      approval,
      run: ({ to }) => {
        sent.push(to);
        return `sent to ${to}`;
      },
    });
  const limits = { retryDelayMs: 0 };
  const tools = [sender("send_mail", "never"), sender("send_approved", "always")];
  return [
    defineAgent({ name: "plain", model: "test-model", limits }),
    defineAgent({ name: "clerk", model: "test-model", tools, limits }),
  ];
}

async function readAll(log: EventLog): Promise<string> {
  const events: string[] = [];
  for await (const event of log.readAll()) events.push(JSON.stringify(event));
  return events.join("\n");
}
