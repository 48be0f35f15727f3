/** What was discarded stays on record, and the list of messages without a key is read by an index of its own. */
export const inboxDiscarded = String.raw`
-- who discarded what and why. Not its bytes: they may be personal, and the topic keeps them for its own time.
-- The position is no key: a topic that was created again may have another message there
CREATE TABLE inbox_discarded (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL, topic text NOT NULL, partition int NOT NULL, "offset" bigint NOT NULL,
  msg_key text, event_id uuid,       -- as in inbox_parked
  parked_reason text NOT NULL, parked_at timestamptz NOT NULL,
  reason text NOT NULL CHECK (reason <> ''), discarded_by text NOT NULL, discarded_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX inbox_discarded_place ON inbox_discarded(consumer, topic, partition, "offset");

CREATE INDEX inbox_parked_keyless ON inbox_parked(consumer, topic, partition, "offset") WHERE msg_key IS NULL;
`;
