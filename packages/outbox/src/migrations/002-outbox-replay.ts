/**
 * A replay keeps its state, its request and its counts, so that any process can continue it and show its progress.
 * Nothing wrote to the table before this.
 *
 * States: STAGING events are looked up in the log → HELD a dry run waits for confirmation, or RELEASING pointers become
 * pending → DONE; at any time ABANDONING what is staged is dropped → ABANDONED
 */
export const outboxReplay = String.raw`
DROP TABLE outbox_replay;
CREATE TABLE outbox_replay (
  job uuid PRIMARY KEY,
  state text NOT NULL DEFAULT 'STAGING' CHECK (state IN ('STAGING','HELD','RELEASING','DONE','ABANDONING','ABANDONED')),
  dry_run boolean NOT NULL,
  msg_key text,                                                                  -- null: all keys
  asked_from timestamptz NOT NULL, asked_to timestamptz NOT NULL,
  at uuid NOT NULL, until uuid NOT NULL,                                         -- at = the cursor of the staging
  looked_at bigint NOT NULL DEFAULT 0, staged bigint NOT NULL DEFAULT 0,
  taken bigint NOT NULL DEFAULT 0,                                               -- of the staged, those dealt with
  released bigint NOT NULL DEFAULT 0,                                            -- of the taken, those that became pending by it
  asked_by text NOT NULL, asked_at timestamptz NOT NULL DEFAULT now(), moved_at timestamptz NOT NULL DEFAULT now());
`;
