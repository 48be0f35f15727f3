/**
 * The tables of the inbox. Runs after the outbox's migration in the same database: that one makes the functions
 * outbox_uuid_floor, partition_make_days and partition_drop_days, which serve both logs.
 */
export const inboxTables = String.raw`
-- ids whose effects are in the database; by UTC day over the UUIDv7 id (the primary key holds the partition key)
CREATE TABLE inbox_event (consumer text NOT NULL, event_id uuid NOT NULL, PRIMARY KEY (consumer, event_id)) PARTITION BY RANGE (event_id);
-- the fallback: consumers go on where the days were not created. Also ids older than any day kept (a late dead letter): few, never dropped
CREATE TABLE inbox_event_default PARTITION OF inbox_event DEFAULT;

-- the position that counts; offsets committed to Kafka are for lag tools only
CREATE TABLE inbox_offset (
  consumer text NOT NULL, topic text NOT NULL, partition int NOT NULL, next_offset bigint NOT NULL,
  PRIMARY KEY (consumer, topic, partition)) WITH (fillfactor=50);

-- a row = the key is RETRYING; or PARKED when next_attempt_at is null: it waits for an operator
CREATE TABLE inbox_key_state (
  consumer text NOT NULL, topic text NOT NULL, msg_key text NOT NULL, attempt_count int NOT NULL DEFAULT 1, next_attempt_at timestamptz, last_error text,
  PRIMARY KEY (consumer, topic, msg_key));

CREATE TABLE inbox_parked (
  consumer text NOT NULL, topic text NOT NULL, partition int NOT NULL, "offset" bigint NOT NULL,
  msg_key text,                      -- null: no key, parked by itself. UTF-8 of the key; '\x' and hex or '\sha256:' and hash where text cannot hold it
  event_id uuid,                     -- null: unreadable
  raw_key bytea, raw_value bytea, headers text NOT NULL DEFAULT '[]',            -- headers: JSON [[name, base64],…]: Kafka repeats names and holds bytes
  reason text NOT NULL, attempt_count int NOT NULL DEFAULT 0, next_attempt_at timestamptz, parked_at timestamptz NOT NULL DEFAULT now(),   -- both for rows without key; else the key's count
  PRIMARY KEY (consumer, topic, partition, "offset"));
CREATE INDEX inbox_parked_key ON inbox_parked(consumer, topic, msg_key, "offset");

-- what the service calls, at start and hourly; 'busy' = call again in a minute. search_path: the schema of the tables; seqscan on: a role may have it off
CREATE FUNCTION inbox_make_days(ahead int) RETURNS TABLE(result text, day date) LANGUAGE sql SECURITY DEFINER SET search_path=public,pg_temp SET lock_timeout='200ms' SET timezone='UTC' SET enable_seqscan=on AS $$SELECT * FROM partition_make_days('inbox_event',$1)$$;
CREATE FUNCTION inbox_drop_days(keep interval) RETURNS TABLE(result text, day date) LANGUAGE sql SECURITY DEFINER SET search_path=public,pg_temp SET lock_timeout='200ms' SET timezone='UTC' SET enable_seqscan=on AS $$SELECT * FROM partition_drop_days('inbox_event',$1,false)$$;
REVOKE ALL ON FUNCTION inbox_make_days(int), inbox_drop_days(interval) FROM PUBLIC;

SELECT * FROM inbox_make_days(7);
`;
