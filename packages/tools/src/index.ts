export type {
  AccessFunction,
  AccessPolicyData,
  AccessPolicyDefinition,
  AccessRule,
  AccessRuleData,
} from "./access/access-rule.ts";
export type { ArgumentCondition, ConditionValue } from "./access/argument-condition.ts";
export { createAccessPolicy } from "./access/create-access-policy.ts";
export { parseAccessPolicy } from "./access/parse-access-policy.ts";
export {
  type ApprovalAuthorityOptions,
  createApprovalAuthority,
  type Ed25519ApprovalAuthority,
  generateApprovalKey,
} from "./approvals/create-approval-authority.ts";
export type { ProgramEnvironment } from "./programs/program-environment.ts";
export type { Accepted, ProgramSchema } from "./programs/program-schema.ts";
export { programTool, type ProgramToolDefinition } from "./programs/program-tool.ts";
export type { CircuitBreakerOptions } from "./registry/circuit-breaker.ts";
export type { ConcurrencyOptions } from "./registry/concurrency.ts";
export {
  createToolRegistry,
  type ToolLimits,
  type ToolRegistry,
  type ToolRegistryOptions,
} from "./registry/tool-registry.ts";
export { connectMcpServer, type McpServer } from "./mcp/connect-mcp-server.ts";
export type { RefusedMcpTool } from "./mcp/judge-tools.ts";
export { mcpPinFile } from "./mcp/mcp-pin-file.ts";
export { createInMemoryMcpPins, type McpPins, type McpServerPins } from "./mcp/mcp-pins.ts";
export type { McpHttp, McpServerOptions, McpStdio } from "./mcp/mcp-server-options.ts";
export type { McpToolInfo } from "./mcp/mcp-tool-definition.ts";
export type { HttpAnswer } from "./http/call-endpoint.ts";
export { createHttpClient, type HttpClient, type HttpClientOptions } from "./http/http-client.ts";
export type { HttpRequest, HttpResponse, HttpResponseHead } from "./http/http-message.ts";
export { httpTool, type HttpToolDefinition, type HttpToolMethod } from "./http/http-tool.ts";
export type { HostResolver } from "./http/network-guard.ts";
export type { NetworkPolicy } from "./http/network-policy.ts";
export type { HeaderValue, SecretHeader } from "./http/secret-header.ts";
export { environmentSecrets, type EnvironmentSecretsOptions } from "./secrets/environment-secrets.ts";
export type { OpenApiDocument } from "./openapi/open-document.ts";
export { openApiTools, type OpenApiToolsOptions } from "./openapi/openapi-tools.ts";
export type { OpenApiOperation } from "./openapi/read-operations.ts";
export type { UnsupportedPatterns } from "./openapi/schema-writer.ts";
export type { ServerOptions } from "./openapi/server-url.ts";
export { agentTool, type AgentRequestSchema, type AgentToolDefinition } from "./agents/agent-tool.ts";
export { type Opinion, type Opinions, panelTool, type PanelToolDefinition } from "./agents/panel-tool.ts";
export { defineWorkflow, type Workflow, type WorkflowDefinition } from "./workflows/define-workflow.ts";
export type {
  AgentStep,
  ApprovalStep,
  Done,
  EffectOptions,
  OnFailure,
  ParallelSteps,
  StepOptions,
  StepResult,
  ToolCall,
  ToolStep,
  WaitStep,
  WorkflowSteps,
} from "./workflows/workflow-steps.ts";
export { workflowTool, type WorkflowToolOptions } from "./workflows/workflow-tool.ts";
