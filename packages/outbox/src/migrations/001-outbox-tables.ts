/**
 * The log and its pointers, leases, keys that failed, and the functions that make and drop days. The functions
 * outbox_uuid_floor, partition_make_days and partition_drop_days serve the inbox's log as well.
 *
 * All statements run READ COMMITTED. Lock order, everywhere: leases by shard, then keys, then pointers by (shard, id).
 * A SHARE lock on the lease is the fence of the relay's statements; NO KEY UPDATE on it (renew, release, claim,
 * retry) therefore waits for what is in flight and keeps new ones out.
 *
 * Roles: the migration's role owns all. The worker's and the service's role get SELECT, INSERT, UPDATE, DELETE on what
 * they use (SELECT and INSERT on outbox_event: never UPDATE or DELETE) and EXECUTE on the *_days functions.
 */
export const outboxTables = String.raw`
CREATE FUNCTION outbox_uuid_floor(t timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS   -- smallest v7 uuid of that ms
$$SELECT (lpad(to_hex(floor(extract(epoch FROM t)*1000)::bigint),12,'0')||'00000000000000000000')::uuid$$;

-- the log: append-only, never updated; PK = partition key = trace key; by UTC day over event_id
CREATE TABLE outbox_event (
  event_id   uuid        NOT NULL DEFAULT uuidv7(),
  id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY (CACHE 1),       -- order; never raise CACHE (the safe floor needs draw order = number order)
  shard      smallint    NOT NULL CHECK (shard BETWEEN 0 AND 63),
  msg_key    text        NOT NULL,
  topic      text        NOT NULL,
  event_type text        NOT NULL,
  payload    text        NOT NULL,
  headers    text        NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),                -- not now(): a transaction may be older than the hour below
  PRIMARY KEY (event_id),
  CONSTRAINT outbox_event_id_v7   CHECK (uuid_extract_version(event_id) IS NOT DISTINCT FROM 7),   -- a v4 has no time: the next check would be NULL, which passes
  CONSTRAINT outbox_event_id_time CHECK (uuid_extract_timestamp(event_id) BETWEEN created_at - interval '1 hour' AND created_at + interval '1 hour')
) PARTITION BY RANGE (event_id);
CREATE TABLE outbox_event_default PARTITION OF outbox_event DEFAULT;             -- the net: a forgotten job never stops orders

-- thin pointer = "not yet acknowledged"
CREATE TABLE outbox_pending (
  shard smallint NOT NULL, id bigint NOT NULL, event_id uuid NOT NULL,
  PRIMARY KEY (shard, id)
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=20000, autovacuum_vacuum_cost_delay=0);

-- floor: no pointer of the shard lies below it, nor will, as long as rewind stays; a statement that puts low ids back sets floor 0 and rewind+1 in the same transaction
CREATE TABLE outbox_lease (
  shard smallint PRIMARY KEY CHECK (shard BETWEEN 0 AND 63), owner text, epoch bigint NOT NULL DEFAULT 0, lease_until timestamptz NOT NULL DEFAULT '-infinity',
  floor bigint NOT NULL DEFAULT 0, rewind bigint NOT NULL DEFAULT 0
) WITH (fillfactor=50);
INSERT INTO outbox_lease(shard) SELECT generate_series(0,63);

-- who is alive; owner is new at every process start (host, pid, random): a restarted process must never pass its dead self's fence
CREATE TABLE outbox_relay (owner text PRIMARY KEY, alive_until timestamptz NOT NULL);

-- one row per key that failed; empty in health. parked with next_attempt_at = RETRYING; parked without = PARKED, the dead letter; not parked = tried again now
CREATE TABLE outbox_key_state (
  shard smallint NOT NULL, msg_key text NOT NULL, parked boolean NOT NULL DEFAULT true,
  attempt_count int NOT NULL DEFAULT 1, next_attempt_at timestamptz, last_error text,
  PRIMARY KEY (shard, msg_key));

-- pointers of such keys, parked in order
CREATE TABLE outbox_parked (
  shard smallint NOT NULL, msg_key text NOT NULL, id bigint NOT NULL, event_id uuid NOT NULL,
  PRIMARY KEY (shard, msg_key, id));
CREATE INDEX outbox_parked_event ON outbox_parked(event_id);                     -- for outbox_drop_days

-- discarded by an operator, with the reason
CREATE TABLE outbox_discarded (
  event_id uuid PRIMARY KEY, shard smallint NOT NULL, id bigint NOT NULL, msg_key text NOT NULL,
  reason text NOT NULL CHECK (reason <> ''), discarded_by text NOT NULL, discarded_at timestamptz NOT NULL DEFAULT now());

-- a replay: staged by event_id (all the log can be read by), released by id: chunks released in event_id order would turn a key around where two writers' clocks differ
CREATE TABLE outbox_replay (
  job uuid PRIMARY KEY, msg_key text, at uuid NOT NULL, until uuid NOT NULL,     -- at = the cursor of the staging; kept here, so that any process goes on with it
  staged boolean NOT NULL DEFAULT false, released bigint NOT NULL DEFAULT 0, asked_by text NOT NULL, asked_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE outbox_replay_event (
  job uuid NOT NULL, id bigint NOT NULL, shard smallint NOT NULL, msg_key text NOT NULL, event_id uuid NOT NULL, PRIMARY KEY (job, id));
CREATE INDEX outbox_replay_event_event ON outbox_replay_event(event_id);

-- what the outbox row of the preceding system showed, without rewriting a row for it. PROCESSING = pending and its shard leased
CREATE VIEW outbox_status AS
SELECT e.event_id AS outbox_id, e.event_type, e.msg_key, e.topic, e.shard, s.status,
  CASE WHEN s.status='PROCESSING' THEN l.owner END AS locked_by, CASE WHEN s.status='PROCESSING' THEN l.lease_until END AS locked_until,
  CASE WHEN s.status NOT IN ('PUBLISHED','DISCARDED') THEN coalesce(k.attempt_count,0) END AS attempt_count,
  CASE WHEN s.status='RETRYING' THEN k.next_attempt_at END AS next_attempt_at, e.created_at, e.id
FROM outbox_event e
LEFT JOIN outbox_pending p ON p.shard=e.shard AND p.id=e.id
LEFT JOIN outbox_parked q ON q.shard=e.shard AND q.msg_key=e.msg_key AND q.id=e.id
LEFT JOIN outbox_discarded d ON d.event_id=e.event_id
LEFT JOIN outbox_key_state k ON k.shard=e.shard AND k.msg_key=e.msg_key
LEFT JOIN outbox_lease l ON l.shard=e.shard
CROSS JOIN LATERAL (SELECT CASE
  WHEN q.id IS NOT NULL OR (p.id IS NOT NULL AND k.parked) THEN CASE WHEN k.next_attempt_at IS NOT NULL THEN 'RETRYING' ELSE 'PARKED' END
  WHEN p.id IS NOT NULL THEN CASE WHEN l.owner IS NOT NULL AND l.lease_until>now() THEN 'PROCESSING' ELSE 'PENDING' END
  WHEN d.event_id IS NOT NULL THEN 'DISCARDED' ELSE 'PUBLISHED' END AS status) s;

-- makes the days from yesterday to today+ahead. ATTACH takes SHARE UPDATE EXCLUSIVE on the parent (writers and readers go on) and ACCESS EXCLUSIVE on the
-- default, which page reads also lock: so the tables are made first, and under that lock there is only the move and the attach. A dump holds the default: 'busy'.
-- PARTITION OF would lock the parent instead. LIKE brings CHECKs, NOT NULLs and the PK by name, so ATTACH adopts them; identity comes from the parent at ATTACH.
-- 'in default': a day with too many rows there, or rows while it is being written (a writer already routed to the default would fail on its changed
-- constraint: seen), stays there: readable, sent, deleted in bits; a small one is moved the day after.
CREATE FUNCTION partition_make_days(parent text, ahead int) RETURNS TABLE(result text, day date) LANGUAGE plpgsql AS $$
DECLARE today date := now()::date; dflt text := parent||'_default'; made date[] := '{}'; kept date[] := '{}'; d date; p text; a uuid; b uuid; rows bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('days '||parent,0)) THEN result:='busy'; RETURN NEXT; RETURN; END IF;
  BEGIN
    FOR d IN SELECT today+i FROM generate_series(-1, least(greatest(ahead,1),60)) i ORDER BY abs(i) LOOP
      p := parent||to_char(d,'_YYYYMMDD');
      CONTINUE WHEN to_regclass(p) IS NOT NULL;
      EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %I WHERE event_id>=$1 AND event_id<$2 LIMIT 5001) y', dflt) INTO rows USING outbox_uuid_floor(d), outbox_uuid_floor(d+1);
      IF rows>5000 OR (rows>0 AND (pg_total_relation_size(dflt::regclass)>67108864 OR now() BETWEEN d-interval '1 hour' AND d+interval '25 hours')) THEN
        kept := kept||d; CONTINUE;
      END IF;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING IDENTITY)', p, parent);
      made := made||d;
      EXIT WHEN pg_relation_size(dflt::regclass)>16777216;                       -- each ATTACH reads the whole default under its lock: then one day a call
    END LOOP;
    IF made<>'{}' THEN
      EXECUTE format('LOCK TABLE ONLY %I IN SHARE UPDATE EXCLUSIVE MODE', parent);
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', dflt);
    END IF;
    FOREACH d IN ARRAY made LOOP
      p := parent||to_char(d,'_YYYYMMDD'); a := outbox_uuid_floor(d); b := outbox_uuid_floor(d+1);
      EXECUTE format('WITH m AS (DELETE FROM %I WHERE event_id>=$1 AND event_id<$2 RETURNING *) INSERT INTO %I SELECT * FROM m', dflt, p) USING a, b;
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, p, a, b);
    END LOOP;
  EXCEPTION WHEN lock_not_available THEN result:='busy'; RETURN NEXT; RETURN;    -- the tables made above are rolled back with it
  END;
  FOREACH d IN ARRAY made LOOP result:='made'; day:=d; RETURN NEXT; END LOOP;
  FOREACH d IN ARRAY kept LOOP result:='in default'; day:=d; RETURN NEXT; END LOOP;
END $$;

-- drops the oldest day that ended more than keep ago and that nothing refers to; one a call, call until it answers nothing. The answer is decided under ACCESS
-- EXCLUSIVE on the parent, where no replay is open; to keep that short the day's highest id is read before, under SHARE on the day, so that the pointers
-- are found by index whatever the backlog. A day whose pointers are visible before never gets as far as the strong lock. (DETACH CONCURRENTLY: impossible with a default, or in a function.)
CREATE FUNCTION partition_drop_days(parent text, keep interval, pointers boolean) RETURNS TABLE(result text, day date) LANGUAGE plpgsql AS $$
DECLARE dflt text := parent||'_default'; last date := (now()-keep)::date; p text; top bigint; a uuid; b uuid; used boolean := false;
BEGIN
  IF keep < interval '2 days' THEN RAISE 'keep at least 2 days'; END IF;
  IF current_setting('transaction_isolation')<>'read committed' THEN RAISE 'needs READ COMMITTED: each check must see what was committed before its lock'; END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended('days '||parent,0)) THEN result:='busy'; RETURN NEXT; RETURN; END IF;
  FOR p IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid=i.inhrelid WHERE i.inhparent=parent::regclass
      AND c.relname ~ ('^'||parent||'_\d{8}$') AND to_date(right(c.relname,8),'YYYYMMDD')<last ORDER BY 1 LOOP
    day := to_date(right(p,8),'YYYYMMDD'); a := outbox_uuid_floor(day); b := outbox_uuid_floor(day+1);
    BEGIN
      IF pointers THEN
        EXECUTE format('LOCK TABLE %I IN SHARE MODE', p);
        EXECUTE format('SELECT max(id) FROM %I', p) INTO top;
        IF outbox_refers(top, a, b) THEN result:='pointers'; RETURN NEXT; CONTINUE; END IF;
      END IF;
      EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);     -- the only wait that others queue behind
      EXECUTE format('LOCK TABLE %I, %I IN ACCESS EXCLUSIVE MODE NOWAIT', p, dflt);
      IF pointers THEN used := outbox_refers(top, a, b); END IF;
      IF NOT used THEN EXECUTE format('DROP TABLE %I', p); END IF;
      result := CASE WHEN used THEN 'pointers' ELSE 'dropped' END;
    EXCEPTION WHEN lock_not_available THEN result:='busy';
    END;
    RETURN NEXT; RETURN;
  END LOOP;
  IF NOT pointers THEN RETURN; END IF;                                           -- old rows of the log's default, 5,000 a call
  a := outbox_uuid_floor(last); day := NULL;
  IF NOT EXISTS (SELECT 1 FROM outbox_event_default WHERE event_id<a) THEN RETURN; END IF;
  BEGIN
    LOCK TABLE outbox_event_default IN ACCESS EXCLUSIVE MODE;
    DELETE FROM outbox_event_default WHERE event_id IN (SELECT e.event_id FROM outbox_event_default e WHERE e.event_id<a
      AND NOT EXISTS (SELECT 1 FROM outbox_pending x WHERE x.shard=e.shard AND x.id=e.id) AND NOT EXISTS (SELECT 1 FROM outbox_parked x WHERE x.event_id=e.event_id)
      AND NOT EXISTS (SELECT 1 FROM outbox_replay_event x WHERE x.event_id=e.event_id) ORDER BY e.event_id LIMIT 5000);
    IF FOUND THEN result:='deleted from default'; RETURN NEXT; END IF;
  EXCEPTION WHEN lock_not_available THEN result:='busy'; RETURN NEXT;
  END;
END $$;
CREATE FUNCTION outbox_refers(top bigint, a uuid, b uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT EXISTS (SELECT 1 FROM generate_series(0,63) s CROSS JOIN LATERAL (SELECT 1 FROM outbox_pending p WHERE p.shard=s::smallint AND p.id<=top AND p.event_id>=a AND p.event_id<b LIMIT 1) x)
  OR EXISTS (SELECT 1 FROM outbox_parked WHERE event_id>=a AND event_id<b) OR EXISTS (SELECT 1 FROM outbox_replay_event WHERE event_id>=a AND event_id<b) $$;
-- what worker and service call, at start and hourly, 'busy' = again in a minute. search_path: the schema of the tables; seqscan on: the worker's role has it off
CREATE FUNCTION outbox_make_days(ahead int) RETURNS TABLE(result text, day date) LANGUAGE sql SECURITY DEFINER SET search_path=public,pg_temp SET lock_timeout='200ms' SET timezone='UTC' SET enable_seqscan=on AS $$SELECT * FROM partition_make_days('outbox_event',$1)$$;
CREATE FUNCTION outbox_drop_days(keep interval) RETURNS TABLE(result text, day date) LANGUAGE sql SECURITY DEFINER SET search_path=public,pg_temp SET lock_timeout='200ms' SET timezone='UTC' SET enable_seqscan=on AS $$SELECT * FROM partition_drop_days('outbox_event',$1,true)$$;
REVOKE ALL ON FUNCTION partition_make_days(text,int), partition_drop_days(text,interval,boolean), outbox_refers(bigint,uuid,uuid), outbox_make_days(int), outbox_drop_days(interval) FROM PUBLIC;

SELECT * FROM outbox_make_days(7);
`;
