import type { ActiveOverride } from "./active-override.ts";

/** Knows the overrides that were granted. */
export interface OverrideSource {
  /** What was granted up to now; expired ones may be among them. When it cannot tell, there are none: it never lets by mistake. */
  current(): Promise<readonly ActiveOverride[]>;
}
