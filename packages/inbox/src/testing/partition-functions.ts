/** What the outbox's migration makes in every service's database and the inbox's migration builds on. */
export const partitionFunctions = String.raw`
CREATE FUNCTION outbox_uuid_floor(t timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS   -- smallest v7 uuid of that ms
$$SELECT (lpad(to_hex(floor(extract(epoch FROM t)*1000)::bigint),12,'0')||'00000000000000000000')::uuid$$;
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
`;
