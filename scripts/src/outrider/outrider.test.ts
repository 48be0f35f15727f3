import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { runCommand } from '../cli/run-command.js';
import { writeUpFile } from '../run/up-file.js';
import { outriderProgram, type Chosen } from './program.js';

const KEY = '01a210a4-b8b7-76ba-b113-18c7a4828ae7';
const EVENT = '01a210a4-bb6b-7595-88c1-67609b21cca1';
const NOW = '2026-01-31T12:00:00.000Z';

/** What each route of a service answers; the rest is 404. */
type Answers = Record<string, { readonly status?: number; readonly body: unknown }>;

class FakeService {
  readonly asked: { method: string; path: string; body: unknown; authorization: string | undefined }[] = [];
  answers: Answers = {};
  readonly #server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      this.asked.push({
        method,
        path,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
        authorization: headers.authorization,
      });
      const { status = 200, body } = this.answers[`${method} ${path}`] ?? {
        status: 404,
        body: { type: '/problems/not-found', title: 'Not found', status: 404 },
      };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get posted(): { path: string; body: unknown }[] {
    return this.asked.flatMap(({ method, path, body }) => (method === 'POST' ? [{ path, body }] : []));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const order = new FakeService();
const inventory = new FakeService();
let directory: string;
/** Nothing listens there. */
let gone: string;

beforeAll(async () => {
  await Promise.all([order.listen(), inventory.listen()]);
  const closed = new FakeService();
  await closed.listen();
  gone = closed.url;
  await closed.close();
  directory = await mkdtemp(join(tmpdir(), 'outrider-cli-'));
  const processes = (url: string) => ({ metricsUrl: `${url}/metrics`, metricsUrls: [`${url}/metrics`], pids: [1] });
  const service = (url: string) => ({ url, ...processes(url), databaseUrl: 'postgres://x/y' });
  await writeUpFile(directory, {
    runId: '20260131-120000-0000',
    services: {
      // its first process is being started again
      order: { ...service(order.url), metricsUrls: [`${gone}/metrics`, `${order.url}/metrics`] },
      inventory: service(inventory.url),
      payment: service(inventory.url),
      product: service(inventory.url),
      'outbox-worker': processes(gone),
      reconciler: processes(gone),
    },
    databases: { owner: '/o', app: '/a', relay: '/l', reader: '/r' },
    kafka: { brokers: ['x'], certificateBrokers: [], topicPrefix: '' },
    redis: { url: 'redis://x', prefix: '' },
    simulator: { url: 'http://x' },
    tokens: { admin: 'of-up', customer: 'c' },
  });
});
afterAll(async () => {
  await Promise.all([order.close(), inventory.close()]);
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  process.env['OUTRIDER_RUN_DIR'] = directory;
  for (const service of [order, inventory]) {
    service.asked.length = 0;
    service.answers = {};
  }
});
afterEach(() => {
  delete process.env['OUTRIDER_RUN_DIR'];
  jest.restoreAllMocks();
});

async function outrider(...argv: string[]): Promise<{ code: number; out: string; told: string[] }> {
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  jest.spyOn(console, 'log').mockImplementation((text: string) => void (out += `${text}\n`));
  const told: string[] = [];
  let chosen: Chosen = async () => 0;
  const program = outriderProgram((choice) => (chosen = choice));
  const code = await runCommand(
    program,
    argv,
    () => chosen(),
    (text) => told.push(text),
  );
  jest.restoreAllMocks();
  return { code, out, told };
}

const deadLetter = (key: string) => ({
  id: `outbox/${encodeURIComponent(key)}`,
  source: 'outbox',
  key,
  shard: 1,
  status: 'PARKED',
  events: 2,
  attempts: 5,
  nextAttemptAt: null,
  reason: 'too large \u001B[31m',
});
const keyOf = (key: string) => ({ body: { deadLetter: deadLetter(key), data: [], has_more: false } });
const replayed = (state: string, over: boolean, staged = 0, leftOut = 0) => ({
  body: {
    job: 'j',
    state,
    over,
    dryRun: false,
    key: KEY,
    from: NOW,
    to: NOW,
    by: 'root',
    askedAt: NOW,
    movedAt: NOW,
    lookedAt: staged,
    staged,
    taken: staged,
    released: staged,
    leftOut,
    horizon: NOW,
  },
});

describe('wrong use', () => {
  test.each([
    [[], /^scripts\/outrider: say what: outbox, inbox, order, rollout, books\.$/],
    [['outbox'], /say what: status, shards, parked, retry, discard, replay, trace\.$/],
    [['outbox', 'park'], /unknown command 'park'/],
    [['outbox', 'parked', 'a', 'b'], /too many arguments/],
    [['outbox', 'status', '--service', 'shop'], /Allowed choices are order, inventory, payment, product/],
    [['outbox', 'discard', 'k'], /required option '--reason <text>' not specified/],
    [['outbox', 'replay', '--service', 'order'], /say what to replay with --key or --from/],
    [['outbox', 'replay', '--key', 'k'], /say of which service with --service/],
    [['outbox', 'replay', '--from', 'yesterday'], /It must be a day or a time with its zone/],
    [['outbox', 'trace', 'x'], /It must be a UUID/],
    [['outbox', 'status', '--url', 'ftp://x'], /It must be an http or https URL/],
    [['outbox', 'status', '--url', 'http://127.0.0.1:9'], /--url needs --token/],
    [['outbox', 'status', '-n', 'shop'], /--namespace needs --token/],
    [['outbox', 'status', '-n', 'shop', '--url', 'http://127.0.0.1:9'], /say --url or --namespace, not both/],
    [['outbox', 'status', '--context', 'shop'], /say in which namespace of the cluster with --namespace/],
    [['inbox', 'retry', 'order-event'], /say which: a key, or --at partition\/offset/],
    [['inbox', 'retry', 'order-event', 'k', '--at', '1/2'], /say which/],
    [['inbox', 'retry', 'order-event', '--at', '1-2'], /It must be a partition and an offset/],
  ])('%j is reported in one sentence, exit code 2', async (argv, sentence) => {
    const { code, told, out } = await outrider(...argv);
    expect({ code, told, out }).toEqual({ code: 2, told: [expect.stringMatching(sentence)], out: '' });
    expect(told[0]).not.toContain('\n');
    expect([...order.asked, ...inventory.asked]).toEqual([]);
  });
});

test('asks any process of a service that is there, as the admin of the installation', async () => {
  order.answers = {
    'GET /dead-letters?source=outbox&limit=200': { body: { data: [deadLetter(KEY)], has_more: false } },
  };
  const { code, out } = await outrider('outbox', 'parked', '--service', 'order');
  expect(code).toBe(0);
  expect(out).toContain(KEY);
  // what others wrote moves no cursor and paints nothing
  expect(out).not.toContain('\u001B');
  expect(order.asked).toMatchObject([{ authorization: 'Bearer of-up' }]);
  const json = await outrider('outbox', 'parked', '--service', 'order', '--json');
  expect(JSON.parse(json.out)).toEqual([{ service: 'order', ...deadLetter(KEY) }]);
});

test('shards are shown by who holds them; --json has each by itself', async () => {
  const shardOf = (shard: number) => ({
    shard,
    // three that nobody holds, of which one waits
    ...(shard >= 61 ? { owner: null, held: false, leaseUntil: null } : { owner: 'w/1/a', held: true, leaseUntil: NOW }),
    epoch: '7',
    ...([3, 5, 62].includes(shard)
      ? { pending: shard, oldestPending: `2026-01-31T11:00:0${shard % 10}.000Z` }
      : { pending: 0, oldestPending: null }),
  });
  const data = Array.from({ length: 64 }, (_, shard) => shardOf(shard));
  order.answers = { 'GET /outbox/shards': { body: { data } } };
  const { code, out } = await outrider('outbox', 'shards', '--service', 'order');
  expect(code).toBe(0);
  const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/u));
  expect(rows).toContainEqual(['held by', 'shards', 'of 64', 'waiting', 'oldest since', 'lease until']);
  expect(rows).toContainEqual(['w/1/a', '0–60', '61', '8', '2026-01-31T11:00:03.000Z', NOW]);
  expect(rows).toContainEqual(['nobody', '61–63', '3', '62', '2026-01-31T11:00:02.000Z', '-']);
  expect(out.trim().split('\n').length).toBeLessThan(6);
  const json = await outrider('outbox', 'shards', '--service', 'order', '--json');
  expect(JSON.parse(json.out)).toEqual([{ service: 'order', shards: data }]);
});

describe('an installation in a cluster', () => {
  /** Stands for kubectl: of what it is told to forward, order's Services are there. */
  const KUBECTL = `
    import { appendFileSync } from 'node:fs';
    const words = process.argv.slice(3);
    appendFileSync(process.argv[2] + '.asked', words.join(' ') + '\\n');
    if (!words.some((word) => word.startsWith('service/shop-order'))) {
      console.error('Error from server (NotFound): services "' + words.at(-2).slice(8) + '" not found');
      process.exit(1);
    }
    console.log('Forwarding from 127.0.0.1:' + process.env.PORT_OF_ORDER + ' -> 9090');
    setInterval(() => {}, 1_000);
  `;
  const asked = async (): Promise<string[]> =>
    (await readFile(join(directory, 'kubectl.asked'), 'utf8')).trim().split('\n').toSorted();

  beforeEach(async () => {
    await writeFile(join(directory, 'kubectl.mjs'), KUBECTL);
    await rm(join(directory, 'kubectl.asked'), { force: true });
    process.env['KUBECTL'] = `${process.execPath} ${join(directory, 'kubectl.mjs')} ${join(directory, 'kubectl')}`;
    process.env['PORT_OF_ORDER'] = new URL(order.url).port;
  });
  afterEach(() => {
    delete process.env['KUBECTL'];
    delete process.env['PORT_OF_ORDER'];
    // a forward ends with its command, whose process this is here
    process.emit('exit', 0);
  });

  test('is reached by a forwarded port of each service; one that is not there is named', async () => {
    order.answers = {
      'GET /dead-letters?source=outbox&limit=200': { body: { data: [deadLetter(KEY)], has_more: false } },
    };
    const where = ['-n', 'a-shop', '--context', 'far', '--release', 'shop', '--token', 'mine'];
    const { code, out, told } = await outrider('outbox', 'parked', ...where);
    expect({ code, told }).toEqual({ code: 1, told: [matching(/services "shop-inventory-admin" not found/)] });
    expect(out).toContain(KEY);
    expect(order.asked).toMatchObject([{ authorization: 'Bearer mine' }]);
    expect(await asked()).toContain(
      '--context=far --namespace=a-shop port-forward --address=127.0.0.1 service/shop-order-admin :9090',
    );
    expect(await asked()).toHaveLength(4);
  });

  test('is asked for an order by the public side of order', async () => {
    const { told } = await outrider('order', 'timeline', KEY, '-n', 'a-shop', '--release', 'shop', '--token', 't');
    expect(told).toEqual([matching(/there is no order/)]);
    expect(await asked()).toEqual(['--namespace=a-shop port-forward --address=127.0.0.1 service/shop-order :8080']);
  });
});

test('reads page by page', async () => {
  order.answers = {
    'GET /dead-letters?source=outbox&limit=200': { body: { data: [deadLetter('a b')], has_more: true } },
    'GET /dead-letters?source=outbox&limit=200&starting_after=outbox%2Fa%2520b': {
      body: { data: [deadLetter('c')], has_more: false },
    },
  };
  const { out } = await outrider('outbox', 'parked', '--service', 'order', '--json');
  expect((JSON.parse(out) as { key: string }[]).map(({ key }) => key)).toEqual(['a b', 'c']);
});

test('shows what some answered and names, with exit code 1, those that did not', async () => {
  order.answers = { 'GET /dead-letters?source=inbox&limit=200': { body: { data: [], has_more: false } } };
  const { code, out, told } = await outrider('inbox', 'parked');
  expect(code).toBe(1);
  expect(out).toContain('Nothing is parked in the inbox.');
  expect(told[0]).toMatch(/inventory: refused, 404: Not found\npayment: .*\nproduct: /);
  expect(await outrider('outbox', 'status', '--url', gone, '--token', 't')).toMatchObject({
    code: 1,
    told: [expect.stringMatching(/no answer from .* \(ECONNREFUSED\)\.$/)],
  });
});

test('acts where the key is parked, and not when that is nowhere or in doubt', async () => {
  const path = `/dead-letters/outbox/${KEY}`;
  expect(await outrider('outbox', 'retry', KEY)).toMatchObject({ code: 1, told: [matching(/is not parked/)] });
  order.answers = { [`GET ${path}`]: keyOf(KEY), [`POST ${path}/retry`]: { body: { events: 2, leftOut: 0 } } };
  expect(await outrider('outbox', 'retry', KEY)).toMatchObject({ code: 0, out: matching(/^order: 2 events of/) });
  expect(order.posted).toEqual([{ path: `${path}/retry`, body: undefined }]);
  expect(inventory.posted).toEqual([]);

  inventory.answers = { [`GET ${path}`]: keyOf(KEY) };
  const doubt = await outrider('outbox', 'discard', KEY, '--reason', 'r');
  expect(doubt).toMatchObject({
    code: 2,
    told: [matching(/is parked in order and inventory .*: say which with --service/)],
  });
  order.answers = { ...order.answers, [`POST ${path}/discard`]: { body: { events: 2 } } };
  expect((await outrider('outbox', 'discard', KEY, '--reason', 'r', '--service', 'order')).code).toBe(0);
  expect(order.posted.at(-1)).toEqual({ path: `${path}/discard`, body: { reason: 'r' } });
});

test('a key of any characters is one part of the path, and a refusal is printed with its reason, exit code 1', async () => {
  const path = '/dead-letters/inbox/order-event/a%2Fb%20%3F';
  order.answers = {
    [`GET ${path}`]: keyOf('a/b ?'),
    [`POST ${path}/retry`]: {
      status: 409,
      body: { type: '/problems/retry-failed', title: 'It failed again', status: 409, detail: 'no room' },
    },
  };
  expect(await outrider('inbox', 'retry', 'order-event', 'a/b ?', '--service', 'order')).toEqual({
    code: 1,
    out: '',
    told: ['scripts/outrider: order: refused, 409: no room'],
  });
});

test('a dry run counts and leaves nothing behind; a replay is followed to its end', async () => {
  order.answers = {
    'POST /outbox/replays': { ...replayed('STAGING', false), status: 202 },
    'GET /outbox/replays/j': replayed('HELD', false, 3),
    'POST /outbox/replays/j/abandon': { ...replayed('ABANDONING', false), status: 202 },
  };
  const dry = await outrider('outbox', 'replay', '--service', 'order', '--key', KEY, '--dry-run');
  expect(dry).toMatchObject({ code: 0, out: 'order: 3 events found; nothing was sent again.\n' });
  expect(order.posted).toEqual([
    { path: '/outbox/replays', body: { key: KEY, dryRun: true } },
    { path: '/outbox/replays/j/abandon', body: undefined },
  ]);

  order.answers = { ...order.answers, 'GET /outbox/replays/j': replayed('DONE', true, 3) };
  const range = ['--from', '2026-01-31', '--to', '2026-01-31T13:00:00+01:00'];
  const done = await outrider('outbox', 'replay', '--service', 'order', ...range);
  expect(done).toMatchObject({ code: 0, out: 'order: 3 events found, 3 to be sent again (replay j).\n' });
  expect(order.posted.at(-1)?.body).toEqual({ from: '2026-01-31T00:00:00.000Z', to: NOW, dryRun: false });
});

test('what is too old to be sent again is said, with the horizon, and is no success', async () => {
  const path = `/dead-letters/outbox/${encodeURIComponent(KEY)}`;
  order.answers = {
    'POST /outbox/replays': { ...replayed('STAGING', false), status: 202 },
    'GET /outbox/replays/j': replayed('DONE', true, 3, 1),
    [`GET ${path}`]: keyOf(KEY),
    [`POST ${path}/retry`]: { body: { events: 2, leftOut: 1 } },
  };
  const left = `1 event left out: written before ${NOW}, `;
  const done = await outrider('outbox', 'replay', '--service', 'order', '--key', KEY);
  expect(done).toMatchObject({ code: 1, out: expect.stringContaining(left) });
  order.answers = {
    ...order.answers,
    'GET /outbox/replays/j': replayed('HELD', false, 3, 1),
    'POST /outbox/replays/j/abandon': { ...replayed('ABANDONING', false), status: 202 },
  };
  const dry = await outrider('outbox', 'replay', '--service', 'order', '--key', KEY, '--dry-run');
  expect(dry).toMatchObject({ code: 1, out: expect.stringContaining(left) });
  const back = await outrider('outbox', 'retry', KEY, '--service', 'order');
  expect(back).toMatchObject({
    code: 1,
    out: expect.stringMatching(/2 events of .* to be sent again.*\n1 event left out/),
  });
});

test('finds an event in whichever outbox has it, and says when none has', async () => {
  const missing = await outrider('outbox', 'trace', EVENT);
  expect(missing).toMatchObject({ code: 1, told: [matching(/no outbox has the event/)] });
  inventory.answers = {
    [`GET /outbox/events/${EVENT}`]: {
      body: {
        eventId: EVENT,
        id: '7',
        key: KEY,
        topic: 'order-event',
        eventType: 'RESERVATION_CONFIRM',
        payload: '{}',
        headers: '{}',
        createdAt: NOW,
        shard: 3,
        partition: 5,
        status: 'PUBLISHED',
        lockedBy: null,
        lockedUntil: null,
        attempts: null,
        nextAttemptAt: null,
        reason: null,
        discarded: null,
      },
    },
  };
  const { code, out } = await outrider('outbox', 'trace', EVENT.toUpperCase());
  expect(code).toBe(0);
  for (const part of ['inventory', 'PUBLISHED', NOW, 'order-event, partition 5', KEY]) expect(out).toContain(part);
});

test('shows what happened to an order', async () => {
  const entry = {
    at: NOW,
    input: 'PLACED',
    step: 'RESERVING',
    status: 'CREATED',
    eventId: null,
    sent: ['X'],
    reason: null,
  };
  order.answers = { [`GET /orders/${KEY}/timeline`]: { body: { orderId: KEY, data: [entry] } } };
  const { code, out } = await outrider('order', 'timeline', KEY);
  expect(code).toBe(0);
  expect(out).toMatch(/PLACED +RESERVING \(CREATED\) +→ X/);
  expect(await outrider('order', 'timeline', EVENT)).toMatchObject({ code: 1, told: [matching(/there is no order/)] });
});

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
