// Each in a transaction of its own, so that none holds one table while it waits for another that a relay has.

/** A replay keeps its horizon, so that any process that brings it on has it, and counts what it left out for it. */
export const replayHorizon = String.raw`
ALTER TABLE outbox_replay ADD COLUMN horizon interval NOT NULL DEFAULT '7 days', ADD COLUMN left_out bigint NOT NULL DEFAULT 0;
`;

/**
 * A pointer knows that a replay put it back: its event had gone out once. null is no, and takes no room in a row. What was
 * put back before, or is set aside by a relay of an earlier version, is taken for a first send.
 */
export const pendingReplayed = String.raw`
ALTER TABLE outbox_pending ADD COLUMN replayed boolean;
`;

/** It knows so while it is set aside, too. */
export const parkedReplayed = String.raw`
ALTER TABLE outbox_parked ADD COLUMN replayed boolean;
`;
