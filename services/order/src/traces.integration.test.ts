import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asyncApi, presentContracts } from '@outrider/contracts/schemas';
import { startTelemetry, type Telemetry } from '@outrider/service-kit/telemetry';
import { spanCounts } from '@outrider/service-kit/tracing';
import { startCollector, type CollectedSpan, type Collector } from '@outrider/testkit/otlp';
import { openShop, type Product, type Shop } from './testing/shop.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = `00-${TRACE}-b7ad6b7169203331-01`;

let collector: Collector;
let telemetry: Telemetry;
/** one that trusts the address that the test calls from, and one that trusts nobody */
let trusting: Shop;
let shop: Shop;
let thing: Product;
beforeAll(async () => {
  collector = await startCollector();
  telemetry = startTelemetry('order', {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '1',
    APP_VERSION: '7.8.9',
  });
  shop = await openShop({ RESERVING_DEADLINE_MS: '300', COMMAND_RETRY_FIRST_MS: '60000' });
  trusting = await openShop({ TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.1' });
  thing = await shop.product();
});
afterAll(async () => {
  await shop.service.close();
  await trusting.service.close();
  await telemetry.close();
  await collector.close();
});

async function exported(): Promise<readonly CollectedSpan[]> {
  await telemetry.close();
  return collector.spans;
}

async function placedWith(at: Shop, headers: Readonly<Record<string, string>>) {
  const product = await at.product();
  const {
    status,
    headers: answered,
    body,
  } = await at.service.call('POST', '/orders', {
    token: await at.service.token('alice', 'customer'),
    headers: { 'idempotency-key': product.id, ...headers },
    body: { items: [{ productId: product.id, quantity: 1 }], currency: product.currency, paymentMethod: 'pm_card' },
  });
  expect(status).toBe(201);
  const spans = await exported();
  const append = spans.find(
    ({ name, attributes }) => name.startsWith('append RES') && attributes['outrider.order.id'] === body.id,
  );
  const root = spans.find(({ traceId, name }) => traceId === append?.traceId && name === 'POST /orders');
  const events = await at.service.sql<{ headers: string }>('SELECT headers FROM outbox_event WHERE msg_key = $1', [
    body.id,
  ]);
  return {
    append,
    root,
    answered: JSON.stringify([[...answered], body]),
    events: JSON.stringify(events),
    orderId: String(body.id),
  };
}

test('a trusted proxy’s trace goes on: the request stands in it, and the events with it', async () => {
  const { append, root, events } = await placedWith(trusting, { traceparent: CALLER, tracestate: 'shop=1' });
  expect(root).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331', version: '7.8.9' });
  expect(append).toMatchObject({ traceId: TRACE, parentSpanId: root!.spanId });
  expect(events).toContain(`00-${TRACE}-${append!.spanId}-01`);
  expect(events).not.toContain('shop=1');
  const [sent] = JSON.parse(events) as readonly { headers: string }[];
  expect(Object.keys(JSON.parse(sent!.headers) as object).toSorted()).toEqual(documentedHeaders());
});

/** The names of the headers in the AsyncAPI documents. */
function documentedHeaders(): readonly string[] {
  const { components } = asyncApi('reservation-event', presentContracts()['reservation-event']!, '0') as {
    components: { schemas: { headers: { properties: object } } };
  };
  return Object.keys(components.schemas.headers.properties).toSorted();
}

test.each<[string, Record<string, string>, 'trusted' | 'stranger']>([
  ['a stranger’s', { traceparent: CALLER, tracestate: 'shop=1' }, 'stranger'],
  ['a malformed one', { traceparent: `${CALLER}-x`, tracestate: 'shop=1' }, 'trusted'],
  ['one of zeros', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, 'trusted'],
  ['one of another version', { traceparent: CALLER.replace('00-', '01-') }, 'trusted'],
  ['one with a huge tracestate', { traceparent: CALLER, tracestate: `shop=1,a=${'x'.repeat(20_000)}` }, 'trusted'],
])('%s is no trace to go on with: a new one begins, and nothing is echoed', async (_what, headers, who) => {
  const { root, append, answered, events } = await placedWith(who === 'trusted' ? trusting : shop, headers);
  expect(root?.parentSpanId).toBeUndefined();
  expect(root?.traceId).not.toBe(TRACE);
  expect(append).toMatchObject({ traceId: root!.traceId, parentSpanId: root!.spanId });
  for (const text of [answered, events]) {
    expect(text).not.toContain('b7ad6b7169203331');
    expect(text).not.toContain('shop=1');
  }
});

test('what a deadline does to an order, without any message, belongs to the trace of the order', async () => {
  const order = await shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
  await shop.becomes(order.id, 'COMPENSATING');
  const spans = (await exported()).filter(({ attributes }) => attributes['outrider.order.id'] === order.id);
  expect(spans.map(({ name }) => name)).toContain('append RESERVATION_RELEASE_REQUEST');
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
});

test.each<[string, 401 | 503 | 'hangs']>([
  ['answers 401', 401],
  ['is unavailable', 503],
  ['does not answer', 'hangs'],
])('an endpoint that %s costs spans, which are counted, and no order', async (_what, answer) => {
  collector.answer(answer);
  const { export_failed: before } = spanCounts.dropped;
  try {
    await shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
    const began = telemetry.close(30_000);
    await shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
    await began;
    expect(spanCounts.dropped.export_failed).toBeGreaterThan(before);
    const metrics = await (await fetch(`${shop.service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^trace_spans_dropped_total\{reason="export_failed"\} [1-9]/mu);
  } finally {
    collector.answer(200);
  }
});
