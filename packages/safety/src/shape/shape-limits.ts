/** How large and how deep a value may be. */
export interface ShapeLimits {
  /** Bytes of the text in UTF-8. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Arrays and objects within each other. Default 32. */
  readonly maxDepth?: number;
  /** Properties of all objects together. Default 10,000. */
  readonly maxKeys?: number;
}

/** The limits where none are given: far above what people and tools send, far below what hurts. */
export const defaultShapeLimits: Required<ShapeLimits> = { maxBytes: 1_048_576, maxDepth: 32, maxKeys: 10_000 };
