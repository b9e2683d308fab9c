import { openPolicy } from "@agentkit/gateway";
import type { CliCommand } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { configuredDetectors } from "../safety/configured-detectors.ts";
import { printPolicy, toPolicyJson } from "../safety/print-policy.ts";
import { safetyBacktestCommand } from "./safety-backtest.ts";
import { safetyCheckCommand } from "./safety-check.ts";
import { safetyEvalCommand } from "./safety-eval.ts";
import { grantOverrideCommand, listOverridesCommand } from "./safety-overrides.ts";

/** `agentkit safety`: the policy in force; below it, what tries policies and detectors, and makes exceptions. */
export const safetyCommand: CliCommand = {
  syntax: "safety",
  description: "Show the safety policy in force, check and try policies, measure detectors, grant exceptions",
  access: "none",
  subcommands: [
    safetyCheckCommand,
    safetyEvalCommand,
    safetyBacktestCommand,
    grantOverrideCommand,
    listOverridesCommand,
  ],
  async perform({ terminal, json, config }) {
    const isOff = config.definition.safety === false;
    const policy = isOff ? undefined : await openPolicy(config, await configuredDetectors(config));
    if (json) terminal.json({ policy: policy === undefined ? null : toPolicyJson(policy) });
    else if (policy === undefined) terminal.line("The configuration turns safety off: no policy is in force.");
    else printPolicy(terminal, policy);
    return exitCode.ok;
  },
};
