import type pg from 'pg';
import type { LeaseChange } from './verdict.js';

/** From now on the database notes which process has which shard, and since when. */
export async function keepLeaseLog(client: pg.Client): Promise<void> {
  await client.query(`
CREATE TABLE stress_lease (nr bigint GENERATED ALWAYS AS IDENTITY, shard smallint NOT NULL, owner text, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE FUNCTION stress_note_lease() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO stress_lease(shard,owner) VALUES (NEW.shard,NEW.owner); RETURN NULL; END$$;
CREATE TRIGGER stress_lease AFTER UPDATE OF owner ON outbox_lease FOR EACH ROW WHEN (OLD.owner IS DISTINCT FROM NEW.owner) EXECUTE FUNCTION stress_note_lease();`);
}

export async function readLeaseLog(client: pg.Client): Promise<LeaseChange[]> {
  // a relay's owner is host/pid/random
  const { rows } = await client.query<{ shard: number; pid: number | null; atMs: number }>(
    `SELECT shard, split_part(owner,'/',2)::int AS pid, extract(epoch FROM at)::float8*1000 AS "atMs" FROM stress_lease ORDER BY nr`,
  );
  return rows.map(({ shard, pid, atMs }) => ({ shard, pid: pid ?? undefined, atMs }));
}
