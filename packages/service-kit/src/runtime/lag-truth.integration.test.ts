import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { SqlClient } from '@outrider/common';
import { newId } from '@outrider/contracts';
import { PostgresOutboxStore, PublishError, Relay, shardOf, type EventPublisher } from '@outrider/outbox';
import pg from 'pg';
import { Registry } from 'prom-client';
import { daysMetrics, lagMetrics, Readings } from '../metrics/index.js';
import { deadLetterService } from '../testing/dead-letter-service.js';
import { startTestService, type TestService } from '../testing/index.js';
import { inboxMetrics } from './inbox-metrics.js';

const HOUR_MS = 3_600_000;
const HISTORY = 1_000_000;
const bad = new Set<string>();

let service: TestService;
let relay: Relay | undefined;
beforeAll(async () => {
  service = await startTestService(deadLetterService(bad));
});
afterAll(() => service.close());
afterEach(async () => {
  jest.restoreAllMocks();
  await relay?.stop();
  relay = undefined;
});

/** The values of a scrape that is not answered from an earlier one. */
async function scrape(): Promise<Map<string, number>> {
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^([^#\s]\S*(?:\{.*\})?) (\S+)$/gmu)].map(([, name, value]) => [name!, Number(value)]),
  );
}

const OUTBOX = '{database="deadletters"}';
const INBOX = '{consumer="outrider.deadletters",topic="catalog-event"}';

// What is true, in the plainest SQL.
const TRUTH = `SELECT (SELECT count(*)::int FROM outbox_pending) AS backlog,
  (SELECT coalesce(extract(epoch FROM now()-min(e.created_at)),0)::float8 FROM outbox_pending p JOIN outbox_event e USING (event_id)) AS age,
  (SELECT count(*)::int FROM outbox_parked JOIN outbox_key_state USING (shard,msg_key) WHERE next_attempt_at IS NULL) AS "outboxDead",
  (SELECT count(*)::int FROM outbox_key_state WHERE parked AND next_attempt_at IS NULL) AS "outboxDeadKeys",
  (SELECT count(*)::int FROM outbox_key_state WHERE parked AND next_attempt_at IS NOT NULL) AS "outboxRetrying",
  (SELECT count(*)::int FROM inbox_parked p LEFT JOIN inbox_key_state k USING (consumer,topic,msg_key) WHERE k.next_attempt_at IS NULL) AS "inboxDead",
  (SELECT count(*)::int FROM inbox_key_state WHERE next_attempt_at IS NULL) AS "inboxDeadKeys",
  (SELECT count(*)::int FROM inbox_parked p JOIN inbox_key_state k USING (consumer,topic,msg_key) WHERE k.next_attempt_at IS NOT NULL) AS "inboxRetrying"`;

type Truth = Record<
  | 'backlog'
  | 'age'
  | 'outboxDead'
  | 'outboxDeadKeys'
  | 'outboxRetrying'
  | 'inboxDead'
  | 'inboxDeadKeys'
  | 'inboxRetrying',
  number
>;

/** Compares what is scraped with what is true, to the event; the age lies between those of before and after. */
async function agrees(): Promise<Truth> {
  const [before] = await service.sql<Truth>(TRUTH);
  const shown = await scrape();
  const [after] = await service.sql<Truth>(TRUTH);
  const { age, ...counts } = before!;
  expect({
    backlog: shown.get(`outbox_unpublished_events${OUTBOX}`),
    outboxDead: shown.get(`outbox_dead_letters${OUTBOX}`),
    outboxDeadKeys: shown.get(`outbox_dead_letters_keys${OUTBOX}`),
    outboxRetrying: shown.get(`outbox_retrying_keys${OUTBOX}`),
    inboxDead: shown.get(`inbox_dead_letters${INBOX}`),
    inboxDeadKeys: shown.get(`inbox_dead_letters_keys${INBOX}`),
    inboxRetrying: shown.get(`inbox_retrying_events${INBOX}`),
  }).toEqual(counts);
  const shownAge = shown.get(`outbox_oldest_unpublished_age_seconds${OUTBOX}`);
  expect(shownAge).toBeGreaterThanOrEqual(age - 0.002);
  expect(shownAge).toBeLessThanOrEqual(after!.age + 0.002);
  return before!;
}

const append = async (key: string, eventId = newId()) => {
  await service.sql(
    `WITH e AS (INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload) VALUES ($1,$2,$3,'product-event','CREATED','{}') RETURNING *)
     INSERT INTO outbox_pending(shard,id,event_id) SELECT shard,id,event_id FROM e`,
    [eventId, shardOf(key), key],
  );
};

/** The id that a writer makes whose clock is off by so much. */
function idOf(skewMs: number): string {
  const time = (Date.now() + skewMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`;
}

/** A relay that lets everything pass, or refuses keys. */
function startRelay(refused: ReadonlySet<string> = new Set()): void {
  const publisher: EventPublisher = {
    open: () => ({
      prepare: async () => {},
      partitionOf: () => undefined,
      send: async (events) => {
        if (events.some(({ key }) => refused.has(key))) throw new PublishError('event', 'refused', { cause: 'no' });
      },
      close: async () => {},
    }),
  };
  relay = new Relay({
    store: new PostgresOutboxStore({ database: service.databaseUrl }),
    publisher,
    settings: { keyRetryFirstMs: 1, keyRetryFactor: 1, keyMaxAttempts: 3, leaseMs: 500 },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  relay.start();
}

const drained = () =>
  service.until('nothing is pending', async () => (await service.sql('SELECT 1 FROM outbox_pending')).length === 0);

describe('lag and dead letters are those that the tables hold, to the event', () => {
  test('while no worker lives, and after one has come', async () => {
    for (let n = 0; n < 30; n += 1) await append(`key-${n % 7}`);
    expect(await agrees()).toMatchObject({ backlog: 30 });
    startRelay();
    await drained();
    expect(await agrees()).toMatchObject({ backlog: 0, age: 0 });
  });

  test.each([
    ['behind', -55 * 60_000],
    ['ahead', 55 * 60_000],
  ])('with a writer’s clock nearly an hour %s, and the clock of the scraped process hours off', async (_, skewMs) => {
    await append('skewed', idOf(skewMs));
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 7 * HOUR_MS);
    expect((await agrees()).age).toBeLessThan(60);
    jest.restoreAllMocks();
    startRelay();
    await drained();
  });

  test('a writer whose clock is off by more than an hour writes no events at all', async () => {
    for (const ms of [-1.1 * HOUR_MS, 1.1 * HOUR_MS]) {
      await expect(append('far', idOf(ms))).rejects.toThrow(/outbox_event_id_time/u);
    }
  });

  test('while a key of the outbox is parked for good, retried, and replayed', async () => {
    startRelay(new Set(['sick']));
    for (let n = 0; n < 3; n += 1) await append('sick');
    await service.until('it is a dead letter', async () => {
      const [row] = await service.sql<{ n: number }>(
        'SELECT count(*)::int AS n FROM outbox_parked JOIN outbox_key_state USING (shard,msg_key) WHERE next_attempt_at IS NULL',
      );
      return row?.n === 3;
    });
    expect(await agrees()).toMatchObject({ outboxDead: 3, outboxDeadKeys: 1, backlog: 0 });
    await relay?.stop();
    const admin = await service.token('root', 'admin');
    const asked = await fetch(`${service.adminUrl}/dead-letters/outbox/sick/retry`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(asked.status).toBeLessThan(300);
    expect(await agrees()).toMatchObject({ outboxDead: 0, backlog: 3 });
    startRelay();
    await drained();
    await agrees();
    await relay?.stop();
    const replay = await fetch(`${service.adminUrl}/outbox/replays`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        key: 'sick',
        from: new Date(Date.now() - HOUR_MS).toISOString(),
        to: new Date(Date.now() + 1_000).toISOString(),
      }),
    });
    expect([replay.status, replay.status < 300 ? '' : await replay.text()]).toEqual([replay.status, '']);
    await service.until(
      'it is pending again',
      async () => (await service.sql('SELECT 1 FROM outbox_pending')).length === 3,
    );
    expect(await agrees()).toMatchObject({ backlog: 3 });
    startRelay();
    await drained();
  });

  test('while a key of the inbox is retried, is a dead letter, and is retried by an operator', async () => {
    bad.add('bad');
    const key = newId();
    const named = { sku: 's', name: 'bad', price: 1, currency: 'EUR', version: 1, initialStock: 0 } as const;
    await service.publish('catalog-event', 'PRODUCT_REGISTERED', key, named);
    await service.until('it is parked', async () => (await service.sql('SELECT 1 FROM inbox_parked')).length === 1);
    // held in this state: the next attempt lies far ahead
    await service.sql(`UPDATE inbox_key_state SET next_attempt_at = now() + interval '1 hour'`);
    expect(await agrees()).toMatchObject({ inboxRetrying: 1, inboxDead: 0 });
    await service.sql('UPDATE inbox_key_state SET next_attempt_at = NULL');
    await service.publishRaw('catalog-event', null, 'no event');
    await service.until('both are parked', async () => (await service.sql('SELECT 1 FROM inbox_parked')).length === 2);
    expect(await agrees()).toMatchObject({ inboxRetrying: 0, inboxDead: 2, inboxDeadKeys: 1 });
    bad.clear();
    await service.sql('UPDATE inbox_key_state SET next_attempt_at = now()');
    await service.until('it is handled', async () => (await service.sql('SELECT 1 FROM inbox_key_state')).length === 0);
    startRelay();
    await drained();
    expect(await agrees()).toMatchObject({ inboxDead: 1, inboxDeadKeys: 0 });
  });

  test(`with ${HISTORY.toLocaleString('en')} events of history and a snapshot that pins what was deleted`, async () => {
    await service.sql(
      `INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload)
       SELECT uuidv7(), n%64, 'k'||n, 'product-event', 'CREATED', '{}' FROM generate_series(1,$1::int) n`,
      [HISTORY],
    );
    const pin = new pg.Client({ connectionString: service.databaseUrl });
    await pin.connect();
    try {
      await pin.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await pin.query('SELECT count(*) FROM outbox_lease');
      await service.sql(
        `INSERT INTO outbox_pending(shard,id,event_id) SELECT shard,id,event_id FROM outbox_event WHERE msg_key LIKE 'k%' ORDER BY id LIMIT 5000`,
      );
      await service.sql('DELETE FROM outbox_pending');
      expect(await agrees()).toMatchObject({ backlog: 0, age: 0 });
      for (let n = 0; n < 5; n += 1) await append(`late-${n}`);
      expect(await agrees()).toMatchObject({ backlog: 5 });
    } finally {
      await pin.query('ROLLBACK');
      await pin.end();
    }
    startRelay();
    await drained();
  }, 240_000);

  test('a default partition that holds rows, and days that are missing, are shown', async () => {
    const days = () => scrapeDays(service.databaseUrl);
    expect(await days()).toMatchObject({ outbox: 7, inbox: 7, rows: 0 });
    const [{ day } = { day: '' }] = await service.sql<{ day: string }>(
      `SELECT to_char((now() AT TIME ZONE 'UTC')::date+3,'YYYYMMDD') AS day`,
    );
    await service.sql(`DROP TABLE outbox_event_${day}`);
    await service.sql(`DROP TABLE inbox_event_${day}`);
    expect(await days()).toMatchObject({ outbox: 2, inbox: 2, rows: 0 });
    const [{ today } = { today: '' }] = await service.sql<{ today: string }>(
      `SELECT to_char(now() AT TIME ZONE 'UTC','YYYYMMDD') AS today`,
    );
    await service.sql(`DROP TABLE outbox_event_${today}`);
    await append('k');
    await append('k');
    expect(await days()).toMatchObject({ outbox: -1, inbox: 2, rows: 2 });
  });
});

/** As a service shows them, without waiting for the minute in which an answer is used again. */
async function scrapeDays(url: string): Promise<object> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const registry = new Registry();
    const readings = new Readings(registry, ['d']);
    daysMetrics(registry, readings, { name: 'd', pool });
    inboxMetrics(registry, readings, { database: 'd', consumer: 'c', topics: [], pool });
    const text = await registry.metrics();
    const value = (name: string) => Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'mu').exec(text)?.[1]);
    return {
      outbox: value('outbox_days_ahead'),
      inbox: value('inbox_days_ahead'),
      rows: value('outbox_default_partition_rows'),
    };
  } finally {
    await pool.end();
  }
}

describe('scrapes', () => {
  test('of a process with two databases, one of which is down, show the other and count the failure', async () => {
    const [here, gone] = [service.databaseUrl, 'postgres://nobody@127.0.0.1:1/gone'].map(
      (connectionString) => new pg.Pool({ connectionString, max: 1 }),
    );
    try {
      const registry = new Registry();
      const pools = [
        { name: 'here', pool: here! },
        { name: 'gone', pool: gone! },
      ];
      lagMetrics(registry, new Readings(registry, ['here', 'gone']), pools);
      const text = await registry.metrics();
      expect(text).toMatch(/^outbox_unpublished_events\{database="here"\} \d+$/mu);
      expect(text).not.toMatch(/^outbox_.*database="gone"/mu);
      expect(await registry.metrics()).toMatch(/^metrics_read_failures_total\{database="gone"\} [1-9]/mu);
    } finally {
      await Promise.all([here!.end(), gone!.end()]);
    }
  });

  test('fifty at once are one statement of each kind, and the next need no statement for the days', async () => {
    const asked: string[] = [];
    const pool = new pg.Pool({ connectionString: service.databaseUrl, max: 2 });
    const counting = {
      query: (text: string, values?: unknown[]) => {
        asked.push(text);
        return pool.query(text, values);
      },
    } as unknown as SqlClient;
    try {
      const registry = new Registry();
      const readings = new Readings(registry, ['d']);
      lagMetrics(registry, readings, [{ name: 'd', pool: counting }]);
      daysMetrics(registry, readings, { name: 'd', pool: counting });
      inboxMetrics(registry, readings, { database: 'd', consumer: 'c', topics: [], pool: counting });
      await Promise.all(Array.from({ length: 50 }, () => registry.metrics()));
      expect(asked).toHaveLength(4);
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      await registry.metrics();
      expect(asked).toHaveLength(6);
    } finally {
      await pool.end();
    }
  });

  test('that never read their answer do not hold the process up', async () => {
    const { hostname, port } = new URL(service.adminUrl);
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('error', () => {});
      socket.pause();
      socket.write(`GET /metrics HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`.repeat(200));
      return socket;
    });
    try {
      for (let n = 0; n < 5; n += 1) {
        const answer = await fetch(`${service.adminUrl}/metrics`, { signal: AbortSignal.timeout(60_000) });
        expect([answer.status, (await answer.text()).length > 1_000]).toEqual([200, true]);
      }
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  }, 120_000);

  test('paths and methods that callers make up add one route and one method', async () => {
    for (let n = 0; n < 20; n += 1) await service.call('GET', `/made-up/${n}/${newId()}`);
    for (const method of ['PROPFIND', 'MKCOL', 'LOCK']) await service.call(method, `/made-up/${method}`);
    const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
    const routes = [...text.matchAll(/^http_request_duration_seconds_count\{route="([^"]*)",method="([^"]*)"/gmu)];
    const madeUp = routes
      .filter(([, route]) => !route!.startsWith('/'))
      .map(([, route, method]) => `${route} ${method}`);
    expect([...new Set(madeUp)].sort()).toEqual(['unknown GET', 'unknown other']);
    expect(text).not.toContain('made-up');
  });
});
