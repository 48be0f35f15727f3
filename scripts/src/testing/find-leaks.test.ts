import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@outrider/service-kit/logging';
import { counter, createMetrics } from '@outrider/service-kit/metrics';
import { startTelemetry } from '@outrider/service-kit/telemetry';
import { inSpan, SpanKind } from '@outrider/service-kit/tracing';
import { startCollector, type Collector } from '@outrider/testkit/otlp';
import { leaksIn } from './find-leaks.js';

const PRIVATE = 'MarkedAsPrivate "Street" 1';

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(() => collector.close());

/** What a process would have written that keeps nothing to itself: one thing for each way out. */
async function written(what: string): Promise<Record<'log' | 'metric' | 'span', string>> {
  const lines: string[] = [];
  const log = createLogger('leaky', 'info', { write: (line) => void lines.push(line) });
  log.info({ orderId: 'an-order', shipTo: what }, 'an order was placed');
  const { registry } = createMetrics('1');
  counter(registry, { name: 'leaks_total', help: 'Leaks', labels: { customer: [] } }).inc({ customer: what });
  const telemetry = startTelemetry('leaky', {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '1',
    APP_VERSION: '1',
  });
  const span = { name: 'work', kind: SpanKind.INTERNAL, traceparent: null, attributes: { reference: what } };
  const before = collector.raw.length;
  await inSpan({ ...span, judge: () => ({ attributes: {}, failed: false }) }, async () => undefined);
  await telemetry.close();
  return { log: lines.join('\n'), metric: await registry.metrics(), span: collector.raw.slice(before).join('\n') };
}

test('what a log, a metric and a span give away is found, each by itself', async () => {
  const leaky = await written(PRIVATE);
  for (const [where, text] of Object.entries(leaky))
    expect([where, leaksIn(text, [PRIVATE])]).toEqual([where, [expect.any(String)]]);
});

test('where nothing is given away, nothing is found', async () => {
  const tight = await written('order 1');
  for (const text of Object.values(tight)) expect(leaksIn(text, [PRIVATE, ''])).toEqual([]);
});

test.each([
  ['in other letters', PRIVATE.toUpperCase()],
  ['in a URL', `GET /orders?to=${encodeURIComponent(PRIVATE)}`],
  ['in JSON within JSON', JSON.stringify({ body: JSON.stringify({ to: PRIVATE }) })],
  ['in base64', Buffer.from(PRIVATE).toString('base64')],
  ['in base64, behind something', Buffer.from(`a${PRIVATE} b`).toString('base64')],
  ['in base64, behind something longer', Buffer.from(`ab${PRIVATE}`).toString('base64')],
])('%s it is found as well', (_where, text) => {
  expect(leaksIn(`before\n${text}\nafter`, [PRIVATE])).toEqual([text]);
});

test('a text that would be found everywhere is refused', () => {
  expect(() => leaksIn('', ['EUR'])).toThrow(/too short/u);
});
