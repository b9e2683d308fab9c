import type { Model, SafetyScope } from "@agentkit/core";
import type { Restorer } from "../redaction/restorer.ts";
import type { Examiner } from "./examination.ts";

/** What puts a guard around a model. */
export interface ModelGuardOptions {
  readonly examiner: Examiner;
  readonly restorer: Restorer;
  readonly scope: SafetyScope;
}

export function guardModel(model: Model, _options: ModelGuardOptions): Model {
  return model;
}
