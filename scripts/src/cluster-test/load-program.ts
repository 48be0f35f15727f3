// Runs in a pod, from its compiled text alone: it may import nothing but Node's own. Places orders at a steady rate and
// reads the catalogue beside them, by the Services, until SIGUSR2; then waits until each order has ended, and prints
// what came of it as one line of JSON.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const { ORDER_URL = '', PRODUCT_URL = '', ADMIN_TOKEN = '', CUSTOMER_TOKEN = '' } = process.env;
/** `new`: one for each request; else they are kept, as browsers do */
const NEW_CONNECTIONS = process.env['CONNECTIONS'] === 'new';
const EVERY_MS = Number(process.env['EVERY_MS'] ?? 250);
const ANSWER_WITHIN_MS = 10_000;
/** An order that is not accepted by then is given up; nothing may change for as long before the end, ms. */
const PATIENCE_MS = 120_000;
const ENDED = new Set(['COMPLETED', 'FAILED', 'PAYMENT_FAILED', 'CANCELLED']);

let requests = 0;
const failures: { readonly at: string; readonly what: string }[] = [];
const stop = new AbortController();
process.on('SIGUSR2', () => stop.abort());

async function send(method: string, url: string, token?: string, body?: object, key?: string): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(NEW_CONNECTIONS && { connection: 'close' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

/** Sends a request and counts it. @returns undefined when it failed: no answer, or one that is not as expected */
async function counted(what: string, expected: number, ask: () => Promise<Answer>): Promise<Answer | undefined> {
  requests++;
  let why: string;
  try {
    const answer = await ask();
    if (answer.status === expected) return answer;
    why = `${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`;
  } catch (error) {
    const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
    why = `${message}: ${cause?.code ?? cause?.message ?? ''}`;
  }
  failures.push({ at: new Date().toISOString(), what: `${what}: ${why}` });
  return undefined;
}

async function until(ask: () => Promise<Answer>, good: (answer: Answer) => boolean): Promise<Answer> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    const answer = await ask().catch((error: unknown) => ({ status: 0, body: { error: String(error) } }));
    if (good(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`It did not begin: ${JSON.stringify(answer)}`);
  }
}

/** @returns the id of a product that can be bought */
async function registerProduct(): Promise<string> {
  const sku = `LOAD-${randomUUID().slice(0, 8)}`.toUpperCase();
  const product = { sku, name: 'under load', price: 100, currency: 'EUR', initialStock: 50_000 };
  const key = randomUUID();
  const registered = await until(
    () => send('POST', `${PRODUCT_URL}/products`, ADMIN_TOKEN, product, key),
    ({ status }) => status === 201,
  );
  const id = String(registered.body['id']);
  await until(
    () => send('GET', `${PRODUCT_URL}/products/${id}`),
    ({ body }) => typeof body['stock'] === 'number',
  );
  return id;
}

const order = (productId: string): object => ({
  items: [{ productId, quantity: 1 }],
  currency: 'EUR',
  paymentMethod: 'pm_card_visa',
});

/** Places one order, under one key until it is accepted. @returns its id */
async function place(productId: string): Promise<string | undefined> {
  const key = randomUUID();
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(500)) {
    const answer = await counted('POST /orders', 201, () =>
      send('POST', `${ORDER_URL}/orders`, CUSTOMER_TOKEN, order(productId), key),
    );
    if (answer !== undefined) return String(answer.body['id']);
  }
  return undefined;
}

/** Waits until each order has ended. @returns each order's status, and when it came to it */
async function follow(ids: readonly string[]): Promise<Map<string, { status: string; at: number }>> {
  const seen = new Map<string, { status: string; at: number }>();
  let open = [...ids];
  for (let changed = Date.now(); open.length > 0 && Date.now() - changed < PATIENCE_MS; await sleep(500)) {
    const before = open.length;
    for (const id of open) {
      const { status, body } = await send('GET', `${ORDER_URL}/orders/${id}`, ADMIN_TOKEN).catch(() => ({
        status: 0,
        body: {} as Answer['body'],
      }));
      if (status === 200) seen.set(id, { status: String(body['status']), at: Date.parse(String(body['updatedAt'])) });
      else if (status === 404) seen.set(id, { status: 'UNKNOWN', at: 0 });
    }
    open = open.filter((id) => !ENDED.has(seen.get(id)?.status ?? ''));
    if (open.length < before) changed = Date.now();
  }
  return seen;
}

/** The longest time in which no order was completed, between the first and the last that were, ms. */
function longestGap(times: readonly number[]): { readonly ms: number; readonly from: string } {
  const sorted = [...times].sort((a, b) => a - b);
  let longest = { ms: 0, from: sorted[0] ?? 0 };
  sorted.forEach((time, at) => {
    const from = sorted[at - 1] ?? time;
    if (time - from > longest.ms) longest = { ms: time - from, from };
  });
  return { ms: longest.ms, from: new Date(longest.from).toISOString() };
}

const productId = await registerProduct();
await until(
  () => send('POST', `${ORDER_URL}/orders`, CUSTOMER_TOKEN, order(productId), randomUUID()),
  ({ status }) => status === 201,
);
console.log('begun');

const placing: Promise<string | undefined>[] = [];
const reading: Promise<unknown>[] = [];
for (let next = Date.now(); !stop.signal.aborted; await sleep(Math.max(0, next - Date.now()))) {
  next += EVERY_MS;
  placing.push(place(productId));
  reading.push(counted('GET /products/…', 200, () => send('GET', `${PRODUCT_URL}/products/${productId}`)));
}
const placed = await Promise.all(placing);
await Promise.all(reading);
const accepted = placed.filter((id) => id !== undefined);
const seen = await follow(accepted);
const statuses: Record<string, number> = {};
for (const id of accepted) {
  const status = seen.get(id)?.status ?? 'UNKNOWN';
  statuses[status] = (statuses[status] ?? 0) + 1;
}
const completed = [...seen.values()].filter(({ status }) => status === 'COMPLETED').map(({ at }) => at);
console.log(
  JSON.stringify({
    requests,
    failed: failures.length,
    failures: failures.slice(0, 20),
    notAccepted: placed.length - accepted.length,
    accepted,
    statuses,
    gap: longestGap(completed),
  }),
);
