import type { RestoreRule, ResolvedRule, SafetyPolicy } from "@agentkit/safety";
import { type Cell, printTable } from "../terminal/table.ts";
import { toOneLine } from "../terminal/plain-text.ts";
import type { Colors, Terminal } from "../terminal/terminal.ts";

/** Shows a policy: what names it, its rules, and what it puts back. */
export function printPolicy(terminal: Terminal, policy: SafetyPolicy): void {
  const { colors } = terminal;
  const { id, version, hash, untrusted, restore } = policy;
  terminal.line(`${colors.bold(toOneLine(id))}  version ${toOneLine(version)}`);
  terminal.line(`hash       ${hash}`);
  terminal.line(`untrusted  ${untrusted}`);
  for (const rule of restore) terminal.line(`restores   ${describeRestore(rule)}`);
  terminal.line();
  if (policy.rules.length === 0) {
    terminal.line("It has no rules: nothing is looked at.");
    return;
  }
  const rows = policy.rules.map(({ rule }) => toRow(rule, colors));
  printTable(terminal, ["RULE", "DETECTOR", "ACTION", "WHEN IT FAILS", "SURFACES"], rows);
}

/** A policy as programs get it: its rules with their defaults written out. */
export function toPolicyJson({ id, version, hash, untrusted, rules, restore }: SafetyPolicy): object {
  return { id, version, hash, untrusted, rules: rules.map(({ rule }) => rule), restore };
}

function describeRestore({ categories, tools, fields, answer }: RestoreRule): string {
  const places = [
    ...(answer === true ? ["the answer"] : []),
    ...(tools === undefined
      ? []
      : [`tools ${tools.join(", ")}${fields === undefined ? "" : ` (${fields.join(", ")})`}`]),
  ];
  return toOneLine(`${categories.join(", ")} for ${places.join(" and ")}`);
}

function toRow(rule: ResolvedRule, colors: Colors): readonly Cell[] {
  const { id, detector, action, mode, onFailure, surfaces } = rule;
  return [
    { text: id },
    { text: detector },
    {
      text: mode === "observe" ? `${action} (observed)` : action,
      paint: action === "block" ? colors.red : colors.yellow,
    },
    { text: onFailure },
    { text: `${surfaces.join(", ")}${describeScope(rule)}` },
  ];
}

function describeScope({ categories, agents, tenants }: ResolvedRule): string {
  const parts = [
    ...(categories === undefined ? [] : [`only ${categories.join(", ")}`]),
    ...(agents === undefined ? [] : [`agents ${agents.join(", ")}`]),
    ...(tenants === undefined ? [] : [`tenants ${tenants.join(", ")}`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}
