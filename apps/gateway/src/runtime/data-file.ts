import { join } from "node:path";
import type { LoadedConfig } from "../config/load-config.ts";
import type { OpenLog } from "./open-log.ts";

/** Where something that is kept of a log lies; `undefined` for a log of which nothing is kept. */
export function toDataFile(
  config: LoadedConfig,
  { fileTag }: Pick<OpenLog, "fileTag">,
  name: string,
): string | undefined {
  if (fileTag === undefined) return undefined;
  const file = fileTag === "" ? `${name}.sqlite` : `${name}-${fileTag}.sqlite`;
  return join(config.environment.dataDirectory, file);
}
