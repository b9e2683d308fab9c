import type { CommandContext } from "../command.ts";

/** Says on a person's screen that answers come from the offline demo model, when they do. */
export function printDemo({ terminal, runtime, json }: CommandContext): void {
  if (!runtime.demo || json) return;
  const { colors } = terminal;
  terminal.line(
    `${colors.inverse(" DEMO ")} ${colors.yellow("offline demo model, not a language model; set OPENAI_API_KEY for a real one")}`,
  );
}
