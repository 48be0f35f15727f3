// Each in a transaction of its own, so that none holds one table while it waits for another that a relay has locked.

/** A replay keeps its horizon, so that any process that continues it has it, and counts what it left out for it. */
export const replayHorizon = String.raw`
ALTER TABLE outbox_replay ADD COLUMN horizon interval NOT NULL DEFAULT '7 days', ADD COLUMN left_out bigint NOT NULL DEFAULT 0;
`;

/**
 * Marks a pointer that a replay released: its event had been sent once. null is no, and takes no space in a row. What was
 * released before this migration, or parked by a relay of an earlier version, counts as not sent before.
 */
export const pendingReplayed = String.raw`
ALTER TABLE outbox_pending ADD COLUMN replayed boolean;
`;

/** The mark is kept while the pointer is parked. */
export const parkedReplayed = String.raw`
ALTER TABLE outbox_parked ADD COLUMN replayed boolean;
`;
