import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../until.js';
import { startSimulator, type Simulator, type SimulatorOptions } from './index.js';
import { signWebhook } from './sign-webhook.js';

interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id: string; readonly status: string };
  readonly genuine: boolean;
}

const SECRET = 'a secret of the test';
let directory: string;
let simulator: Simulator | undefined;
let receiver: Server;
let received: Received[];
/** what the receiver answers, by how many it has had */
let answers: (count: number) => number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  received = [];
  answers = () => 200;
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ ...(JSON.parse(body) as Received), genuine: isGenuine(request.headers, body) });
      response.writeHead(answers(received.length)).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await simulator?.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await rm(directory, { recursive: true });
});

function isGenuine(headers: IncomingHttpHeaders, body: string): boolean {
  const signature = String(headers['simulator-signature']);
  const seconds = Number(/^t=(\d+),v1=[\da-f]{64}$/u.exec(signature)?.[1]);
  return signature === signWebhook(SECRET, body, seconds);
}

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const ledgerFile = join(directory, 'ledger.jsonl');
  simulator = await startSimulator({ ledgerFile, webhooks: { url, secret: SECRET }, ...options });
  return simulator;
}

async function authorize(key: string, signal?: AbortSignal): Promise<{ id: string; status: string }> {
  const response = await fetch(`${simulator!.url}/authorizations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ amount: 100, currency: 'EUR', paymentMethod: 'pm', reference: key }),
    ...(signal && { signal }),
  });
  return (await response.json()) as { id: string; status: string };
}

test('each change is reported once, signed, some before the answer and some after it', async () => {
  await start();
  let early = 0;
  for (let n = 0; n < 20; n += 1) {
    const before = received.length;
    await authorize(`k${n}`);
    if (received.length > before) early += 1;
    await until('the webhook has come', () => received.length === n + 1 && simulator!.webhooks().delivered === n + 1);
    await authorize(`k${n}`);
  }
  expect(early).toBeGreaterThan(0);
  expect(received).toHaveLength(20);
  expect(new Set(received.map(({ id }) => id)).size).toBe(20);
  expect(received.every(({ genuine, type }) => genuine && type === 'authorization.authorized')).toBe(true);
  expect(simulator!.webhooks()).toEqual({ events: 20, delivered: 20, forged: 0, believed: 0 });
});

test('of a hundred events exactly the per cents are sent twice and forged, the same for a seed', async () => {
  await start({ behaviour: { duplicates: 5, forged: 2 }, seed: 9 });
  await Promise.all(Array.from({ length: 100 }, (_, n) => authorize(`k${n}`)));
  // received, and the answer has come back
  await until('all webhooks have come', () => received.length === 107 && simulator!.webhooks().delivered === 100);
  const genuine = received.filter((event) => event.genuine);
  expect(genuine).toHaveLength(105);
  expect(new Set(genuine.map(({ id }) => id)).size).toBe(100);
  // what is forged says something else than the books
  const books = new Map((await simulator!.ledger()).map(({ id, status }) => [id, status]));
  for (const { data } of received.filter((event) => !event.genuine)) expect(data.status).not.toBe(books.get(data.id));
  expect(simulator!.webhooks()).toMatchObject({ events: 100, delivered: 100, forged: 2, believed: 2 });
});

test('what is not taken is sent again with the same id; what is forged is not', async () => {
  answers = (count) => (count <= 3 ? 500 : 204);
  await start({ behaviour: { forged: 100 } });
  await authorize('k');
  await until('the webhook is delivered', () => simulator!.webhooks().delivered === 1);
  const genuine = received.filter((event) => event.genuine);
  expect(genuine.length).toBeGreaterThanOrEqual(3);
  expect(new Set(genuine.map(({ id }) => id)).size).toBe(1);
  expect(received.length - genuine.length).toBe(1);
});

test('a request that times out is carried out, and answered at once when it comes again', async () => {
  await start({ behaviour: { timeouts: 100 }, timeoutMs: 600_000 });
  const gone = new AbortController();
  const first = authorize('k', gone.signal).catch(() => 'no answer');
  await until('the authorization is in the ledger', async () => (await simulator!.ledger()).length > 0);
  gone.abort();
  expect(await first).toBe('no answer');
  expect(await authorize('k')).toMatchObject({ status: 'AUTHORIZED' });
  expect(await simulator!.ledger()).toHaveLength(1);
});
