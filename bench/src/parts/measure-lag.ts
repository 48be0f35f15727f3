import { readLag, SHARDS } from '@outrider/outbox';
import pg from 'pg';
import { payloadOf } from '../events.js';
import type { BenchEnvironment } from '../bench-environment.js';

const CHUNK = 500_000;
const WAITING = 100_000;
const LOOKS = 51;

/** How long the lag takes to be read, beside a log of so many events. */
export interface LagResult {
  readonly history: number;
  /** nothing waits */
  readonly idleMs: readonly number[];
  /** 100,000 wait, as many as are counted */
  readonly waitingMs: readonly number[];
  /** they have gone out, but a session pins what was before: their dead pointers stay */
  readonly pinnedMs: readonly number[];
}

/** The reading of the lag, as a scrape of Prometheus asks for it, by the length of the history. */
export async function measureLag(
  environment: BenchEnvironment,
  { histories, told }: { readonly histories: readonly number[]; readonly told: (text: string) => void },
): Promise<LagResult[]> {
  const results: LagResult[] = [];
  for (const history of histories) {
    told(`a log of ${history.toLocaleString('en-GB')} events`);
    const database = await environment.database({ outbox: true });
    const client = new pg.Client({ connectionString: database.url });
    const pin = new pg.Client({ connectionString: database.url, application_name: 'bench-pin' });
    await client.connect();
    await pin.connect();
    try {
      for (let left = history; left > 0; left -= CHUNK) await appendSent(client, Math.min(left, CHUNK));
      await client.query('VACUUM ANALYZE');
      const idleMs = await looks(client);
      await client.query(
        'INSERT INTO outbox_pending(shard,id,event_id) SELECT shard,id,event_id FROM outbox_event LIMIT $1',
        [WAITING],
      );
      await pin.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await pin.query('SELECT count(*) FROM outbox_pending');
      const waitingMs = await looks(client);
      await client.query('DELETE FROM outbox_pending');
      results.push({ history, idleMs, waitingMs, pinnedMs: await looks(client) });
    } finally {
      await pin.end();
      await client.end();
      await environment.dropDatabase(database);
    }
  }
  return results;
}

/** Events that went out long ago: in the log, without a pointer. */
async function appendSent(client: pg.Client, events: number): Promise<void> {
  await client.query(
    `INSERT INTO outbox_event(shard,msg_key,topic,event_type,payload)
     SELECT n%$2,'key-'||n%1000,'measured','MEASURED',$3 FROM generate_series(1,$1::int) n`,
    [events, SHARDS, payloadOf(0)],
  );
}

async function looks(client: pg.Client): Promise<number[]> {
  const ms: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const startedMs = performance.now();
    await readLag(client);
    ms.push(performance.now() - startedMs);
  }
  return ms;
}
