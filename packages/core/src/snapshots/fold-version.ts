/**
 * The version of the fold and of the state it makes. It is raised whenever the same events may give another state, or a
 * state of another shape: snapshots of other versions are then passed over. A test notices when it was forgotten.
 */
export const foldVersion = 5;
