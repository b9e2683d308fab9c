import { resolve } from "node:path";
import { AgentKitError } from "@agentkit/core";
import { readPolicy } from "@agentkit/gateway";
import type { CliCommand, LoglessContext } from "../command.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { configuredDetectors } from "../safety/configured-detectors.ts";
import { printPolicy, toPolicyJson } from "../safety/print-policy.ts";
import { toOneLine } from "../terminal/plain-text.ts";

/** `agentkit safety check <policy>`: whether a policy can be used, and what is wrong with it. */
export const safetyCheckCommand: CliCommand = {
  syntax: "check <policy>",
  description: "Say whether a policy (.yaml .json .md .ts) can be used, or what is wrong with it and where",
  access: "none",
  async perform(context) {
    const { terminal, json, command, config } = context;
    const detectors = await configuredDetectors(config);
    try {
      const policy = await readPolicy(resolve(command.args[0] ?? ""), detectors);
      if (json) terminal.json({ valid: true, policy: toPolicyJson(policy) });
      else printPolicy(terminal, policy);
      return exitCode.ok;
    } catch (error) {
      if (AgentKitError.is(error) && error.code === "safety_policy_invalid") return refuse(context, error);
      throw error;
    }
  },
};

function refuse({ terminal, json }: LoglessContext, { code, message, param }: AgentKitError): ExitCode {
  if (json) terminal.json({ valid: false, error: { code, message, param } });
  else terminal.line(`${terminal.colors.red("not valid")}  ${toOneLine(message)}`);
  return exitCode.no;
}
