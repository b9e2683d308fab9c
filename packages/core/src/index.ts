export {
  type CallDefinition,
  type CallOverrides,
  type Content,
  type DefinitionContents,
  toCallDefinition,
} from "./agent/call-definition.ts";
export type { AccessDecision, AccessPolicy, AccessRequest } from "./access/access-policy.ts";
export { matchesName } from "./access/name-pattern.ts";
export { anonymous, parsePrincipal, type Principal, principalSchema } from "./access/principal.ts";
export {
  type Agent,
  type AgentDefinition,
  defineAgent,
  type RunLimits,
  type TreeLimits,
} from "./agent/define-agent.ts";
export { defineTool, type ToolDefinition, type ToolReturn } from "./agent/define-tool.ts";
export type {
  ParsedArguments,
  Reconciliation,
  RetryPolicy,
  SideEffects,
  Tool,
  UnknownOutcomePolicy,
} from "./agent/tool.ts";
export type {
  FinishedSubRun,
  SubRunRequest,
  SubRunResult,
  ToolContext,
  ToolSuspension,
  WaitsFor,
} from "./agent/tool-context.ts";
export {
  type ApprovalOption,
  type RetryOption,
  type ToolDeclaration,
  type ToolDeclarationInput,
  type ToolExample,
  type ToolOptions,
  toolDefinitionInvalid,
  toToolDeclaration,
} from "./agent/tool-options.ts";
export {
  defineHandoff,
  type Handoff,
  type HandoffContext,
  type HandoffDefinition,
  type HandoffRequest,
} from "./agent/handoff.ts";
export type { ApprovalAuthority } from "./approvals/approval-authority.ts";
export type { ApprovalRule } from "./approvals/approval-rule.ts";
export { type BlobEventLog, type BlobEventLogOptions, withBlobs } from "./blobs/blob-event-log.ts";
export type { BlobInfo, BlobStore, BlobStoreCapabilities } from "./blobs/blob-store.ts";
export { assertBlobHash, blobStoreClosed, verifyBlob } from "./blobs/blob-store-errors.ts";
export type { BlobCollection, CollectOptions } from "./blobs/collect-blobs.ts";
export { createInMemoryBlobStore } from "./blobs/in-memory-blob-store.ts";
export type { Branch, DiffTurn, SessionDiff } from "./branch/diff.ts";
export type { ForkOptions } from "./branch/fork.ts";
export { AgentKitError, type AgentKitErrorOptions } from "./errors/agent-kit-error.ts";
export { errorCodes, type ErrorCode } from "./errors/error-codes.ts";
export { type AppendRequest, type SerializedEvent, toAppendRequest } from "./event-log/append-request.ts";
export { type DeleteRequest, toDeleteRequest } from "./event-log/delete-request.ts";
export { matchesFilter } from "./event-log/event-filter.ts";
export { eventLogErrors } from "./event-log/event-log-errors.ts";
export {
  type AppendOptions,
  type AppendResult,
  type Capability,
  type CaughtUp,
  type DeleteOptions,
  type EventFilter,
  type EventLog,
  type EventLogCapabilities,
  type ExpectedRevision,
  isCaughtUp,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from "./event-log/event-log.ts";
export { createInMemoryEventLog } from "./event-log/in-memory-event-log.ts";
export { toReadFrom, toReadLimit } from "./event-log/read-options.ts";
export { type EventPlace, toStoredEvent } from "./event-log/stored-event.ts";
export { assertStreamName } from "./event-log/stream-name.ts";
export type { EventMeta, NewEvent, Position, Revision, StoredEvent } from "./events/envelope.ts";
export {
  type AgentEvent,
  eventCatalogue,
  type EventData,
  type EventDraft,
  type EventOf,
  type EventType,
  isEventType,
  type RecordedEvent,
} from "./events/catalogue.ts";
export { type CloudEvent, toCloudEvent } from "./events/cloud-event.ts";
export { decodeEvent, parseEvent } from "./events/decode-event.ts";
export { defineEvent, type EventDefinition, type Upcaster } from "./events/define-event.ts";
export { eventId, type EventIdParts, idempotencyKey } from "./events/event-id.ts";
export { canonicalJson } from "./json/canonical-json.ts";
export { type ContentHash, contentHash } from "./json/content-hash.ts";
export type { JsonObject, JsonValue } from "./json/json.ts";
export { parseJson } from "./json/parse-json.ts";
export { type ApprovalTicket, parseTicket, toTicket } from "./approvals/approval-ticket.ts";
export { maskArguments } from "./approvals/mask-arguments.ts";
export type { CancelOptions } from "./kit/cancel-run.ts";
export type { TicketDecision } from "./kit/decide-by-ticket.ts";
export type { PendingApproval } from "./kit/pending-approval.ts";
export { toApprovalStream } from "./kit/record-refusal.ts";
export type { ModelPrice, PriceList } from "./model/model-price.ts";
export { currentDefinition } from "./session/run-definition.ts";
export type { Spent } from "./session/spent.ts";
export { type AgentKit, type AgentKitOptions, createAgentKit, type RunStream } from "./kit/create-agent-kit.ts";
export type { RecoveredRun, RecoverOptions } from "./kit/recover.ts";
export type {
  ApprovalDecision,
  CallDecision,
  OutcomeDecision,
  ResumeOptions,
  RunOptions,
  RunOrigin,
  SessionOptions,
} from "./kit/run-options.ts";
export type { Embedder, Embeddings, EmbedOptions } from "./model/embedder.ts";
export {
  type FunctionCallItem,
  type FunctionCallOutputItem,
  isFunctionCall,
  isFunctionCallOutput,
  isMessage,
  type Item,
  type MessageItem,
  messageText,
  type ReasoningItem,
} from "./model/items.ts";
export type {
  FunctionTool,
  InlineModeration,
  Model,
  ModelInfo,
  ModelRequest,
  ModelResponse,
  ModelSettings,
  ModelStreamOptions,
  ModelStreamPart,
  Usage,
} from "./model/model.ts";
export type { ModerateOptions, ModerationScores, Moderator } from "./model/moderator.ts";
export { createInMemoryProjectionStore } from "./projections/in-memory-projection-store.ts";
export type { RetryResult } from "./projections/parked-events.ts";
export type { Projection, ProjectionTable } from "./projections/projection.ts";
export type { BuildingStatus, ProjectionStatus } from "./projections/projection-status.ts";
export type {
  Checkpoint,
  CreateTableOptions,
  ListOptions,
  ParkedEvent,
  ProjectionCommit,
  ProjectionRow,
  ProjectionStore,
  ProjectionStoreCapabilities,
  TableState,
} from "./projections/projection-store.ts";
export { projectionStoreErrors } from "./projections/projection-store-errors.ts";
export { createProjector, type Projector, type ProjectorOptions, type WaitOptions } from "./projections/projector.ts";
export type { RebuildOptions, RebuildProgress, RebuildResult } from "./projections/rebuild-projection.ts";
export { createSessionList, sessionList, type SessionList, type SessionSummary } from "./projections/session-list.ts";
export { readUsage, usage, type UsageRow } from "./projections/usage.ts";
export { type Difference, firstDifference } from "./replay/first-difference.ts";
export type { Divergence, ReplayReport } from "./replay/replay-report.ts";
export { createInMemoryLeaseStore, type InMemoryLeaseStoreOptions } from "./run/in-memory-lease-store.ts";
export type { LeaseStore } from "./run/lease-store.ts";
export { findTurn, type RunOutcome, type RunResult, type WaitingCall } from "./run/run-result.ts";
export type { RunDelta, RunStreamPart } from "./run/run-stream.ts";
export { type Clock, systemClock } from "./runtime/clock.ts";
export { type IdSource, systemIds } from "./runtime/id-source.ts";
export { acceptPrompt } from "./session/accept-prompt.ts";
export { AppendOnlyList } from "./session/append-only-list.ts";
export { allTurns, type ContextWindow, recentTurns, type RecentTurnsOptions } from "./session/context-window.ts";
export { estimateTokens } from "./session/estimate-tokens.ts";
export { evolve } from "./session/evolve.ts";
export { toIntents } from "./session/intents.ts";
export { type ContextRange, requestHash, toModelRequest } from "./session/model-request.ts";
export { type ApprovalState, argumentsOf, type CallState, type CallStatus } from "./session/call-state.ts";
export { nextStep } from "./session/next-step.ts";
export { type RunDefinition, toRunDefinition } from "./session/run-definition.ts";
export {
  type ActiveRun,
  type ForkOverrides,
  initialState,
  type ModelCallState,
  type RunRequest,
  type RunStatus,
  type SessionState,
  type Turn,
  type TurnEnding,
} from "./session/session-state.ts";
export { checkSessionId, sessionOfStream, sessionStreamPrefix, toSessionStream } from "./session/session-stream.ts";
export type { DeniedCall, PlannedCall, Step } from "./session/step.ts";
export { createInMemorySnapshotStore } from "./snapshots/in-memory-snapshot-store.ts";
export type { Snapshot, SnapshotStore, SnapshotStoreCapabilities } from "./snapshots/snapshot-store.ts";
export { type ModerationDecision, surfaceSchema } from "./events/safety-events.ts";
export type { EventRedactor, RedactedDraft } from "./safety/event-redactor.ts";
export type { Guard, Guarded, GuardedText, SafetyScope } from "./safety/guard.ts";
export type { Restorer } from "./safety/restorer.ts";
export type { Safety, UntrustedPolicy } from "./safety/safety.ts";
export type { SecretSource } from "./secrets/secret-source.ts";
