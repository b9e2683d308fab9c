export type { CircuitBreakerOptions } from "./registry/circuit-breaker.ts";
export type { ConcurrencyOptions } from "./registry/concurrency.ts";
export {
  createToolRegistry,
  type ToolLimits,
  type ToolRegistry,
  type ToolRegistryOptions,
} from "./registry/tool-registry.ts";
