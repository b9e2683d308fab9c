import { longestPlaceholder } from "./placeholder.ts";

/** Puts values back into a text that comes in pieces which end anywhere. Holds back only what may become a placeholder. */
export interface AnswerStream {
  push(piece: string): Promise<string>;
  end(): Promise<string>;
}

/** Makes an answer stream of what restores a text that has only whole placeholders. */
export function createAnswerStream(restore: (text: string) => Promise<string>): AnswerStream {
  let held = "";
  return {
    async push(piece) {
      held += piece;
      const end = releasable(held);
      const released = held.slice(0, end);
      held = held.slice(end);
      return released === "" ? "" : restore(released);
    },
    async end() {
      const rest = held;
      held = "";
      return rest === "" ? "" : restore(rest);
    },
  };
}

/** How much of a text cannot become a part of a placeholder any more, whatever follows. */
function releasable(text: string): number {
  const from = Math.max(text.length - longestPlaceholder, 0);
  const start = text.indexOf("[", from);
  for (let open = start; open >= 0; open = text.indexOf("[", open + 1)) {
    if (/^\[(?:\[[~:\dA-Za-z_]*\]?)?$/.test(text.slice(open))) return open;
  }
  return text.length;
}
