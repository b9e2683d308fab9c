export { type AgentKitConfig, defineConfig, type LogOptions } from "./config/define-config.ts";
export { type Environment, parseEnvironment, type Variables } from "./config/environment.ts";
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from "./config/load-config.ts";
export { createDemoAgent, type DemoAgentOptions } from "./demo/demo-agent.ts";
export { createDemoModel, type DemoModelOptions, demoModelName } from "./demo/demo-model.ts";
export { type LogAccess } from "./runtime/open-log.ts";
export { openRuntime, type OpenRuntimeOptions, type Runtime } from "./runtime/open-runtime.ts";
