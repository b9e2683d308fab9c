import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentKit } from "@agentkit/core";
import { type LogPlace, openLog } from "./logs.ts";
import { type Stage, tellStory } from "./story.ts";

/** Where a story takes place, for any process. */
export interface Scene {
  readonly place: LogPlace;
  readonly directory: string;
  readonly session: string;
}

/** Makes a directory, and has it removed when the test runner says that the test is over. */
export function newDirectory(whenOver: (remove: () => void) => void): string {
  const directory = mkdtempSync(join(tmpdir(), "agentkit-crash-"));
  whenOver(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens the story in this process, as one that starts after the crash: nothing kills it. */
export async function inThisProcess<T>(
  { place, directory, session }: Scene,
  act: (stage: Stage, kit: AgentKit) => Promise<T>,
): Promise<T> {
  const log = await openLog(place);
  const stage: Stage = { log, directory, session, cross: () => undefined };
  try {
    return await act(stage, tellStory(stage));
  } finally {
    await log.close();
  }
}
