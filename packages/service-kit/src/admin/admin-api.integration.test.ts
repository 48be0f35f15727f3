import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { idAt, newId, REPLAY_HORIZON_DAYS } from '@outrider/contracts';
import { PostgresOutboxStore, PublishError, Relay, shardOf, type EventPublisher } from '@outrider/outbox';
import { startTestService, type CallResult, type TestService } from '../testing/index.js';
import { deadLetterService } from '../testing/dead-letter-service.js';

/** Names of products that the service cannot handle, as long as they are in here. */
const bad = new Set<string>();

let service: TestService;
let admin: string;

beforeAll(async () => {
  service = await startTestService(deadLetterService(bad));
  admin = await service.token('root', 'admin');
});
afterAll(() => service.close());

interface Ask {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly rawBody?: string;
}

async function ask(method: string, path: string, { token = admin, body, rawBody }: Ask = {}): Promise<CallResult> {
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(service.adminUrl + path, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(sent !== undefined && { 'content-type': 'application/json' }),
    },
    ...(sent !== undefined && { body: sent }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const json = /\bjson\b/u.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

const named = (name: string) => ({ sku: 's', name, price: 1, currency: 'EUR', version: 1, initialStock: 0 }) as const;
const register = (key: string, name: string) =>
  service.publish('catalog-event', 'PRODUCT_REGISTERED', key, named(name));
const items = async (key: string) =>
  (await service.sql<{ name: string }>('SELECT name FROM item WHERE product_id=$1 ORDER BY n', [key])).map(
    ({ name }) => name,
  );
const inboxPath = (key: string) => `/dead-letters/inbox/catalog-event/${encodeURIComponent(key)}`;

describe('the admin API', () => {
  test('leaves health and metrics open, with the names that dashboards know', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/problems/malformed']) {
      await service.until(path, async () => (await ask('GET', path, { token: null })).status === 200);
    }
    const { body } = await ask('GET', '/metrics', { token: null });
    for (const name of [
      'outbox_oldest_unpublished_age_seconds',
      'outbox_unpublished_events',
      'outbox_dead_letters',
      'outbox_dead_letters_keys',
      'inbox_dead_letters',
      'inbox_dead_letters_keys',
      'inbox_handled_total',
      'inbox_lag_events',
      'inbox_handle_duration_seconds',
      'inbox_redelivered_total',
    ]) {
      expect(body).toContain(`# TYPE ${name} `);
    }
  });

  test.each<[string, string, Ask]>([
    ['POST', '/dead-letters/outbox/k/discard', {}],
    ['POST', '/dead-letters/outbox/k/discard', { body: {} }],
    ['POST', '/dead-letters/outbox/k/discard', { body: { reason: '' } }],
    ['POST', '/dead-letters/outbox/k/discard', { body: { reason: ' \u00a0' } }],
    ['POST', '/dead-letters/inbox/catalog-event/k/discard', { body: { reason: ' ' } }],
    ['POST', '/dead-letters/outbox/k/discard', { body: { reason: 'a\u0000b' } }],
    ['POST', '/dead-letters/outbox/k/discard', { body: { reason: 'r', more: 1 } }],
    ['POST', '/dead-letters/outbox/k/discard', { body: { reason: 'r', eventIds: ['x'] } }],
    ['POST', '/dead-letters/inbox/catalog-event/k/discard', { body: { reason: 7 } }],
    ['POST', '/dead-letters/inbox/catalog-event/k/discard', { rawBody: '{' }],
    ['GET', '/dead-letters/inbox/catalog-event/x/1', {}],
    ['GET', '/dead-letters/inbox/catalog-event/0/1.5', {}],
    ['GET', '/dead-letters/inbox/catalog-event/0/99999999999999999999', {}],
    ['GET', '/dead-letters/inbox/catalog-event/a%00b', {}],
    ['GET', '/dead-letters/outbox/a%00b', {}],
    ['GET', '/dead-letters/outbox/%ff', {}],
    ['GET', '/dead-letters?limit=0', {}],
    ['GET', '/dead-letters?limit=201', {}],
    ['GET', '/dead-letters?source=elsewhere', {}],
    ['GET', '/dead-letters?starting_after=nothing', {}],
    ['GET', '/dead-letters?starting_after=inbox/a/%2500', {}],
    ['GET', '/dead-letters?unknown=1', {}],
    ['GET', '/dead-letters/outbox/k?starting_after=x', {}],
    ['GET', '/dead-letters/inbox/catalog-event/k?starting_after=1', {}],
    ['GET', '/outbox/status?more=1', {}],
    ['GET', '/outbox/events/1', {}],
    ['GET', '/outbox/replays/1', {}],
    ['POST', '/outbox/replays', { body: {} }],
    ['POST', '/outbox/replays', { body: { from: '2020-01-01T00:00:00Z' } }],
    ['POST', '/outbox/replays', { body: { from: 'yesterday', to: 'today' } }],
    ['POST', '/outbox/replays', { body: { from: '2020-01-02T00:00:00Z', to: '2020-01-01T00:00:00Z' } }],
    ['POST', '/outbox/replays', { body: { from: '2999-01-02T00:00:00Z', to: '2999-01-03T00:00:00Z' } }],
    ['POST', '/outbox/replays', { body: { key: '' } }],
    ['POST', '/outbox/replays', { body: { key: 'a\u0000b' } }],
    ['POST', '/outbox/replays', { body: { key: 'k', dryRun: 'yes' } }],
  ])('F34 %s %s with %j is refused as malformed', async (method, path, sent) => {
    const answer = await ask(method, path, sent);
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/malformed' } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test('F36 headers that are too large are refused as a problem', async () => {
    const answer = await ask('GET', `/dead-letters?starting_after=${'x'.repeat(70_000)}`);
    expect(answer).toMatchObject({ status: 431, body: { type: '/problems/headers-too-large' } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test('answers unknown paths, wrong methods and wrong content types differently', async () => {
    expect(await ask('GET', '/nothing')).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
    for (const [method, path, allow] of [
      ['DELETE', '/dead-letters', 'GET, HEAD'],
      ['GET', '/dead-letters/outbox/k/retry', 'POST'],
      ['GET', '/dead-letters/inbox/t/k/retry', 'POST'],
      ['PUT', '/outbox/replays', 'GET, HEAD, POST'],
      ['QUERY', '/outbox/status', 'GET, HEAD'],
    ] as const) {
      const answer = await ask(method, path);
      expect(answer).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
      expect(answer.headers.get('allow')).toBe(allow);
    }
    const text = await fetch(`${service.adminUrl}/outbox/replays`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'text/plain' },
      body: 'x',
    });
    expect(text.status).toBe(415);
  });
});

describe('dead letters of the inbox', () => {
  test('F02 F13 a poison message is shown with reason and raw bytes; once it is discarded, its key goes on', async () => {
    const key = newId();
    const bytes = Buffer.from([0x3c, 0xff, 0x00]);
    await register(key, 'before');
    await service.publishRaw('catalog-event', key, bytes);
    await register(key, 'behind');
    const path = inboxPath(key);
    await service.until('both are parked', async () => (await ask('GET', path)).body.deadLetter?.events === 2);

    const shown = await ask('GET', path);
    expect(shown.body).toMatchObject({
      deadLetter: {
        id: path.replace('/dead-letters/', ''),
        source: 'inbox',
        topic: 'catalog-event',
        key,
        status: 'PARKED',
        attempts: 1,
        nextAttemptAt: null,
        reason: expect.stringMatching(/not JSON/),
      },
      data: [
        {
          key,
          eventId: null,
          size: 3,
          rawKey: { text: key },
          rawValue: { base64: bytes.toString('base64'), text: null },
          reason: expect.stringMatching(/not JSON/),
        },
        {
          key,
          rawValue: { text: expect.stringMatching(/"name":"behind"/) },
          reason: expect.stringMatching(/behind a parked/),
        },
      ],
      has_more: false,
    });
    const [poison, behind] = shown.body.data;
    const one = await ask('GET', `/dead-letters/inbox/catalog-event/${poison.id}`);
    expect(one.body).toEqual(poison);
    const second = await ask('GET', `${path}?limit=1&starting_after=${encodeURIComponent(poison.id)}`);
    expect(second.body).toMatchObject({ data: [{ id: behind.id }], has_more: false });
    expect((await ask('GET', `${path}?limit=1`)).body).toMatchObject({ data: [{ id: poison.id }], has_more: true });

    // a retry of an unreadable message says why it stays parked
    expect(await ask('POST', `${path}/retry`)).toMatchObject({
      status: 409,
      body: { type: '/problems/retry-failed', detail: expect.stringMatching(/not JSON/) },
    });
    expect(await ask('POST', `/dead-letters/inbox/catalog-event/${poison.id}/retry`)).toMatchObject({
      status: 409,
      body: { type: '/problems/key-parked' },
    });
    expect(
      await ask('POST', `/dead-letters/inbox/catalog-event/${poison.id}/discard`, { body: { reason: 'not ours' } }),
    ).toMatchObject({ status: 200, body: { events: 1 } });
    expect(await ask('POST', `${path}/retry`)).toMatchObject({ status: 200, body: { events: 1 } });
    await register(key, 'after');
    await service.until('the key goes on', async () => (await items(key)).length === 3);
    expect(await items(key)).toEqual(['before', 'behind', 'after']);
    expect(await ask('GET', path)).toMatchObject({ status: 404 });
    expect(
      await service.sql('SELECT msg_key,reason,discarded_by FROM inbox_discarded WHERE msg_key=$1', [key]),
    ).toEqual([{ msg_key: key, reason: 'not ours', discarded_by: 'root' }]);
  });

  test('F13 a parked key is retried in order, before newer messages, once the cause is gone', async () => {
    const key = newId();
    bad.add('early');
    await register(key, 'early');
    await register(key, 'late');
    await service.until(
      'both are parked',
      async () => (await ask('GET', inboxPath(key))).body.deadLetter?.events === 2,
    );
    bad.delete('early');
    expect(await ask('POST', `${inboxPath(key)}/retry`)).toMatchObject({ status: 200, body: { events: 2 } });
    await register(key, 'newest');
    await service.until('the key goes on', async () => (await items(key)).length === 3);
    expect(await items(key)).toEqual(['early', 'late', 'newest']);
  });

  test('F02 messages without a key, and keys of any letters, are listed, read and discarded', async () => {
    const keys = ['a/b?c=d#e %2F', 'ключ '.repeat(40), '\\x00', ''];
    for (const key of keys) await service.publishRaw('catalog-event', key, 'poison');
    await service.publishRaw('catalog-event', null, 'alone');
    const list = async (): Promise<{ id: string; key: string | null }[]> => {
      const all = [];
      for (let after = ''; ;) {
        const { body } = await ask('GET', `/dead-letters?source=inbox&limit=2${after}`);
        all.push(...body.data);
        if (!body.has_more) return all;
        after = `&starting_after=${encodeURIComponent(all.at(-1).id)}`;
      }
    };
    await service.until('all are listed', async () => (await list()).length === keys.length + 1);
    const listed = await list();
    expect(new Set(listed.map(({ key }) => key))).toEqual(new Set([...keys, null]));
    for (const { id, key } of listed) {
      const shown = await ask('GET', `/dead-letters/${id}`);
      expect({ id, status: shown.status }).toEqual({ id, status: 200 });
      const value = key === null ? shown.body.rawValue : shown.body.data[0].rawValue;
      expect(value.text).toBe(key === null ? 'alone' : 'poison');
      const discarded = await ask('POST', `/dead-letters/${id}/discard`, { body: { reason: 'test' } });
      expect({ id, status: discarded.status, body: discarded.body }).toEqual({ id, status: 200, body: { events: 1 } });
    }
    expect(await list()).toEqual([]);
  });

  test('a topic that the service does not read has no dead letters', async () => {
    expect(await ask('POST', '/dead-letters/inbox/order-event/k/retry')).toMatchObject({ status: 404 });
    expect(await ask('POST', '/dead-letters/inbox/no-topic/0/1/retry')).toMatchObject({ status: 404 });
  });
});

describe('the outbox', () => {
  const refused = new Set<string>();
  const sent: string[] = [];
  const broker: EventPublisher = {
    open: () => ({
      prepare: async () => {},
      partitionOf: () => undefined,
      async send(events) {
        const poison = events.find(({ key }) => refused.has(key));
        if (poison !== undefined) throw new PublishError('event', 'REFUSED', { cause: new Error('too large') });
        sent.push(...events.map(({ eventId }) => eventId));
      },
      close: async () => {},
    }),
  };
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  let relay: Relay;
  beforeAll(() => {
    relay = new Relay({
      store: new PostgresOutboxStore({ database: service.databaseUrl, pooled: false }),
      publisher: broker,
      log: silent,
      settings: { keyMaxAttempts: 1 },
    });
    relay.start();
  });
  afterAll(() => relay.stop());

  const eventsOf = async (key: string) =>
    (
      await service.sql<{ event_id: string }>('SELECT event_id::text FROM outbox_event WHERE msg_key=$1 ORDER BY id', [
        key,
      ])
    ).map(({ event_id }) => event_id);
  const sentOf = async (key: string) => {
    const own = await eventsOf(key);
    return sent.filter((id) => own.includes(id));
  };

  test('F13 a parked key is shown with its payloads, retried in order, or discarded', async () => {
    const key = newId();
    refused.add(key);
    await register(key, 'one');
    await register(key, 'two');
    const path = `/dead-letters/outbox/${key}`;
    await service.until('both are parked', async () => (await ask('GET', path)).body.data?.length === 2);
    const ids = await eventsOf(key);
    expect((await ask('GET', path)).body).toMatchObject({
      deadLetter: {
        id: `outbox/${key}`,
        source: 'outbox',
        key,
        status: 'PARKED',
        events: 2,
        reason: expect.stringMatching(/too large/),
      },
      data: ids.map((eventId) => ({ eventId, eventType: 'CREATED', payload: expect.stringMatching(/onHand/) })),
      has_more: false,
    });
    expect((await ask('GET', '/dead-letters?source=outbox')).body.data).toMatchObject([{ key }]);
    expect((await ask('GET', `/outbox/events/${ids[0]}`)).body).toMatchObject({
      eventId: ids[0],
      status: 'PARKED',
      reason: expect.stringMatching(/too large/),
      topic: 'product-event',
      partition: expect.any(Number),
    });
    expect((await ask('GET', '/outbox/status')).body).toMatchObject({
      database: 'deadletters',
      deadEvents: 2,
      deadKeys: 1,
    });

    const discarded = await ask('POST', `${path}/discard`, { body: { reason: 'not sold', eventIds: [ids[0]] } });
    expect(discarded).toMatchObject({ status: 200, body: { events: 1 } });
    expect((await ask('GET', `/outbox/events/${ids[0]}`)).body).toMatchObject({
      status: 'DISCARDED',
      discarded: { reason: 'not sold', by: 'root' },
    });
    refused.delete(key);
    expect(await ask('POST', `${path}/retry`)).toMatchObject({ status: 200, body: { events: 1 } });
    await service.until('it is sent', async () => (await sentOf(key)).length === 1);
    expect(await sentOf(key)).toEqual([ids[1]]);
    // the relay records some time after the broker has it
    await service.until(
      'it is published',
      async () => (await ask('GET', `/outbox/events/${ids[1]}`)).body.status === 'PUBLISHED',
    );
    expect(await ask('POST', `${path}/retry`)).toMatchObject({ status: 404 });
  });

  test('the dead letters of outbox and inbox are one list, whatever the size of its pages', async () => {
    const key = newId();
    refused.add(key);
    await register(key, 'one');
    const poison = newId();
    await service.publishRaw('catalog-event', poison, 'poison');
    await service.publishRaw('catalog-event', null, 'alone');
    const list = async (limit: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let after = ''; ids.length < 20;) {
        const { body } = await ask('GET', `/dead-letters?limit=${limit}${after}`);
        ids.push(...body.data.map(({ id }: { id: string }) => id));
        if (!body.has_more) return ids;
        after = `&starting_after=${encodeURIComponent(ids.at(-1)!)}`;
      }
      throw new Error(`no end: ${ids.join(' ')}`);
    };
    await service.until('all are listed', async () => (await list(200)).length === 3);
    const all = await list(200);
    expect(all).toEqual([
      `outbox/${key}`,
      `inbox/catalog-event/${poison}`,
      expect.stringMatching(/^inbox\/catalog-event\/0\/\d+$/),
    ]);
    for (const limit of [1, 2, 3]) expect(await list(limit)).toEqual(all);
    for (const id of all) await ask('POST', `/dead-letters/${id}/discard`, { body: { reason: 'test' } });
    expect(await list(1)).toEqual([]);
  });

  test('shows which relay holds which shard', async () => {
    await service.until('all are held', async () => {
      const { body } = await ask('GET', '/outbox/shards');
      return body.data.length === 64 && body.data.every(({ held }: { held: boolean }) => held);
    });
    const { body } = await ask('GET', '/outbox/status');
    expect(body.relays).toMatchObject([{ owner: relay.owner, shards: 64 }]);
  });

  test('F14 a key is replayed by a job: the same ids in the same order; a dry run only counts until it is confirmed', async () => {
    const key = newId();
    for (const name of ['one', 'two', 'three']) await register(key, name);
    await service.until('all are sent', async () => (await sentOf(key)).length === 3);
    const ids = await eventsOf(key);
    const done = async (job: string, state: string) => {
      await service.until(`the replay is ${state}`, async () => {
        return (await ask('GET', `/outbox/replays/${job}`)).body.state === state;
      });
      return (await ask('GET', `/outbox/replays/${job}`)).body;
    };

    const dry = await ask('POST', '/outbox/replays', { body: { key, dryRun: true } });
    expect(dry).toMatchObject({ status: 202, body: { key, dryRun: true, by: 'root' } });
    expect(await done(dry.body.job, 'HELD')).toMatchObject({ staged: 3, released: 0 });
    expect(await sentOf(key)).toEqual(ids);
    await ask('POST', `/outbox/replays/${dry.body.job}/confirm`);
    expect(await done(dry.body.job, 'DONE')).toMatchObject({ staged: 3, released: 3 });
    await service.until('all are sent again', async () => (await sentOf(key)).length === 6);
    expect(await sentOf(key)).toEqual([...ids, ...ids]);

    const from = new Date(Date.now() - 3_600_000).toISOString();
    const range = await ask('POST', '/outbox/replays', { body: { key, from, to: new Date().toISOString() } });
    expect(await done(range.body.job, 'DONE')).toMatchObject({ released: 3 });
    expect((await ask('GET', '/outbox/replays')).body.data.map(({ job }: { job: string }) => job)).toEqual(
      expect.arrayContaining([range.body.job, dry.body.job]),
    );
    expect(await ask('POST', `/outbox/replays/${range.body.job}/abandon`)).toMatchObject({
      status: 409,
      body: { type: '/problems/too-late' },
    });
  });

  test('F14 events older than the horizon are not sent again: refused, or counted as left out', async () => {
    const [row] = await service.sql<{ ms: string }>(
      `SELECT extract(epoch FROM date_trunc('day', now() - $1::interval, 'UTC'))::bigint * 1000 AS ms`,
      [`${REPLAY_HORIZON_DAYS} days`],
    );
    const borderMs = Number(row!.ms);
    const horizon = new Date(borderMs).toISOString();
    const key = newId();
    const [old, young] = [borderMs - 1, borderMs].map((ms) => idAt(ms).slice(0, 13) + newId().slice(13));
    for (const id of [old, young]) {
      await service.sql(
        `INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload,created_at)
         VALUES ($1,$2,$3,'product-event','CREATED','{}',uuid_extract_timestamp($1))`,
        [id, shardOf(key), key],
      );
    }
    const from = '2020-01-01T00:00:00Z';
    expect(await ask('POST', '/outbox/replays', { body: { key, from, to: horizon } })).toMatchObject({
      status: 400,
      body: { type: '/problems/malformed', detail: expect.stringContaining(horizon) },
    });
    const { body } = await ask('POST', '/outbox/replays', { body: { key } });
    expect(body).toMatchObject({ horizon });
    await service.until('it is done', async () => (await ask('GET', `/outbox/replays/${body.job}`)).body.over);
    expect((await ask('GET', `/outbox/replays/${body.job}`)).body).toMatchObject({ released: 1, leftOut: 1 });
    await service.until('the younger is sent', async () => (await sentOf(key)).length === 1);
    expect(await sentOf(key)).toEqual([young]);

    // as after a replay that sent both while they were young enough, and a broker that refused both
    refused.add(key);
    await service.sql(
      'INSERT INTO outbox_pending(shard,id,event_id,replayed) SELECT shard,id,event_id,true FROM outbox_event WHERE msg_key=$1',
      [key],
    );
    const path = `/dead-letters/outbox/${key}`;
    await service.until('both are parked', async () => (await ask('GET', path)).body.data?.length === 2);
    refused.delete(key);
    expect(await ask('POST', `${path}/retry`)).toMatchObject({ status: 200, body: { events: 1, leftOut: 1 } });
    await service.until('the younger is sent again', async () => (await sentOf(key)).length === 2);
    expect(await sentOf(key)).toEqual([young, young]);
  });

  test('a replay whose process died is continued by another', async () => {
    const key = newId();
    await register(key, 'one');
    await service.until('it is sent', async () => (await sentOf(key)).length === 1);
    // as a process leaves it that dies right after the request
    const job = newId();
    await service.sql(
      `INSERT INTO outbox_replay(job,dry_run,msg_key,asked_from,asked_to,at,until,asked_by)
       SELECT $1,false,$2,to_timestamp(0),now(),outbox_uuid_floor(to_timestamp(0)),outbox_uuid_floor(now()+interval '1 minute'),'test'`,
      [job, key],
    );
    await service.until('it is sent again', async () => (await sentOf(key)).length === 2);
  });
});
