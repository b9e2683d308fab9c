import type { LoadedConfig } from "@agentkit/gateway";
import type { Detector } from "@agentkit/safety";

/** The detectors that a policy may name under a configuration, without the secrets that a running gateway knows by their value. */
export async function configuredDetectors({ definition }: LoadedConfig): Promise<readonly Detector[]> {
  // Loaded here, because every other command would wait for it.
  const { createDefaultDetectors } = await import("@agentkit/safety");
  const { allowHosts, detectors = [] } = definition.safety === false ? {} : (definition.safety ?? {});
  return [...createDefaultDetectors({ ...(allowHosts && { allowHosts }) }), ...detectors];
}
