import { userInfo } from "node:os";
import { AgentKitError } from "@agentkit/core";
import type { ActiveOverride } from "@agentkit/safety";
import type { CliCommand, CommandContext } from "../command.ts";
import { exitCode } from "../exit-code.ts";
import { parseTime } from "../safety/parse-time.ts";
import { findSession } from "../sessions/find-session.ts";
import { toOneLine } from "../terminal/plain-text.ts";
import { printTable } from "../terminal/table.ts";

interface OverrideFlags {
  readonly rule: string;
  readonly reason: string;
  readonly expires: string;
  readonly scope: string;
  readonly as?: string;
}

/** `agentkit safety override`: an exception to one rule, with a reason and an end, on record. */
export const grantOverrideCommand: CliCommand = {
  syntax: "override",
  description: "Grant an exception to one rule of the policy in force; it holds at once, until it expires",
  access: "append",
  configure: (command) => {
    command
      .requiredOption("--rule <id>", "the rule that is let go; decisions name it")
      .requiredOption("--reason <text>", "why, for the record")
      .requiredOption("--expires <time>", "when it ends: a duration such as 1h, a date, or a time in UTC")
      .option("--scope <scope>", "session:<id>, agent:<name>, tenant:<name> or surface:<name>; * is everywhere", "*")
      .option("--as <name>", "who grants it, for the record; default: the user of this system");
  },
  async perform(context) {
    const { runtime, terminal, json, command } = context;
    const flags = command.opts<OverrideFlags>();
    if (runtime.safety === undefined) throw safetyOff();
    const { recordOverride } = await import("@agentkit/safety");
    const override = {
      rule: flags.rule,
      reason: flags.reason,
      scope: await resolveScope(context, flags.scope),
      expires: toExpiry(flags.expires),
    };
    const actor = `person:${toName(flags.as) ?? systemUser()}`;
    const id = await recordOverride(runtime.log, override, { actor, policy: runtime.safety.activePolicy });
    if (json) terminal.json({ id, ...override, actor });
    else {
      const { rule, scope, expires } = override;
      terminal.line(`${terminal.colors.green("granted")}  ${id}`);
      terminal.line(
        `rule ${rule} is let go for ${describeScope(scope)} until ${toTime(Date.parse(expires))}, by ${actor}`,
      );
    }
    return exitCode.ok;
  },
};

function safetyOff(): AgentKitError {
  const message = "The configuration turns safety off: there is no rule to make an exception from.";
  return new AgentKitError("config_invalid", message);
}

/** A session may be named by its beginning, as everywhere; one that is not there yet, as it will be. */
async function resolveScope(context: CommandContext, scope: string): Promise<string> {
  const [, session] = /^session:(.+)$/.exec(scope) ?? [];
  if (session === undefined) return scope;
  try {
    return `session:${await findSession(context, session)}`;
  } catch (error) {
    if (!AgentKitError.is(error) || error.code !== "session_not_found") throw error;
    const notice = `The log has no session '${toOneLine(session)}' yet: the exception is for one that is named so.`;
    context.terminal.note(context.json ? JSON.stringify({ notice }) : notice);
    return scope;
  }
}

function toExpiry(written: string): string {
  const time = parseTime(written, { option: "--expires", now: Date.now(), direction: "future" });
  return new Date(time).toISOString();
}

function toName(given: string | undefined): string | undefined {
  if (given?.trim() === "") throw nameless();
  return given;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    // The system need not know who its user is.
    throw nameless(cause);
  }
}

function nameless(cause?: unknown): AgentKitError {
  return new AgentKitError("input_invalid", "Say by --as who grants the exception.", { param: "as", cause });
}

/** `agentkit safety overrides`: the exceptions that were granted, and in how many decisions each was used. */
export const listOverridesCommand: CliCommand = {
  syntax: "overrides",
  description: "Show the exceptions that were granted, those that have expired included, and how often each was used",
  access: "read",
  async perform({ runtime, terminal, json }) {
    const { readOverrides } = await import("@agentkit/safety");
    const overrides = await readOverrides(runtime.log);
    const now = Date.now();
    if (json) {
      const entries = overrides.map((override) => ({
        ...override,
        expires: toIso(override),
        active: isActive(override, now),
      }));
      terminal.json({ overrides: entries });
      return exitCode.ok;
    }
    if (overrides.length === 0) {
      terminal.line("No exception was granted.");
      return exitCode.ok;
    }
    const rows = overrides.map((override) => {
      const { id, rule, scope, expires, uses, actor = "-", reason } = override;
      const active = isActive(override, now);
      return [
        { text: id.slice(0, 8) },
        { text: rule },
        { text: scope },
        { text: `${active ? "until" : "expired"} ${toTime(expires)}`, ...(!active && { paint: terminal.colors.dim }) },
        { text: String(uses) },
        { text: actor },
        { text: reason },
      ];
    });
    printTable(terminal, ["OVERRIDE", "RULE", "SCOPE", "HOLDS", "USED", "BY", "REASON"], rows);
    return exitCode.ok;
  },
};

function isActive({ expires }: ActiveOverride, now: number): boolean {
  return expires > now;
}

function toIso({ expires }: ActiveOverride): string {
  return new Date(expires).toISOString();
}

function toTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

function describeScope(scope: string): string {
  return scope === "*" ? "everything" : toOneLine(scope);
}
