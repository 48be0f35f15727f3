import { ExportResultCode } from '@opentelemetry/core';
import { TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { startCollector, type CollectedSpan, type Collector } from '@outrider/testkit/otlp';
import { inSpan, parseTraceparent, sendSpans, spanCounts, SpanKind, transactionTrace } from '../tracing/index.js';
import { RandomIds } from './random-ids.js';
import { RootSampler } from './root-sampler.js';
import { startTelemetry, type Telemetry } from './index.js';
import { SpanQueue } from './span-queue.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const UNSENT = `00-${TRACE}-b7ad6b7169203331-00`;

let collector: Collector;
let telemetry: Telemetry;
beforeAll(async () => {
  collector = await startCollector();
  telemetry = startTelemetry('order', {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '0',
    APP_VERSION: '7.8.9',
  });
});
afterAll(async () => {
  await telemetry.close();
  await collector.close();
});

/** What has come since the last time. */
let seen = 0;
async function exported(): Promise<readonly CollectedSpan[]> {
  await telemetry.close();
  const spans = collector.spans.slice(seen);
  seen = collector.spans.length;
  return spans;
}
beforeEach(exported);

const header = (traceparent: string) => [['traceparent', Buffer.from(traceparent)]] as const;
const message = (key: string, traceparent: string) => ({
  event: { eventType: 'PAYMENT_CONFIRM' },
  eventId: `event of ${key}`,
  key,
  raw: { headers: header(traceparent), partition: 3, offset: 7n } as never,
});
const event = (key: string) => ({ eventId: `next of ${key}`, key, topic: 'order-event', type: 'NEXT', headers: {} });
const contextOf = ([appended]: readonly { headers: Record<string, string> }[]) => appended!.headers['traceparent'];

/** A transaction that handles messages, and appends an event of the first one's key. */
function transaction(...messages: readonly ReturnType<typeof message>[]) {
  const trace = transactionTrace();
  const appended = trace.handling('order-event', messages, () => trace.appending([event(messages[0]!.key)]));
  return { trace, appended };
}

test('of a trace that is not sent no span is made, and its context goes on as it came', async () => {
  const { trace, appended } = transaction(message('quiet', UNSENT));
  expect(trace.of('quiet')).toBe(UNSENT);
  trace.committed();
  expect(contextOf(appended)).toBe(UNSENT);
  const said = { attributes: {}, failed: false };
  const work = { name: 'provider', kind: SpanKind.CLIENT, traceparent: UNSENT, attributes: {}, judge: () => said };
  expect(await inSpan(work, () => Promise.resolve(5))).toBe(5);
  expect(await exported()).toEqual([]);
});

test('where a trace begins that is not sent, it has an id that log lines and events can name', async () => {
  const trace = transactionTrace();
  const [first, second] = trace.handling('x', [], () => trace.appending([event('new'), event('other')]));
  trace.committed();
  const ids = [first, second].map((appended) => parseTraceparent(contextOf([appended!])));
  expect(ids).toEqual([expect.objectContaining({ traceFlags: 0 }), expect.objectContaining({ traceFlags: 0 })]);
  expect(ids[0]!.traceId).not.toBe(ids[1]!.traceId);
  expect(await exported()).toEqual([]);
});

test('what fails is sent with its time and attributes, and its trace from then on', async () => {
  const failing = `00-${'f'.repeat(32)}-b7ad6b7169203331-00`;
  const before = BigInt(Date.now()) * 1_000_000n;
  transaction(message('failing', failing)).trace.failed(new TypeError('private'), true);
  const { trace, appended } = transaction(message('failing', failing));
  trace.committed();
  const [failed, ...after] = await exported();
  expect(failed).toMatchObject({
    name: 'handle PAYMENT_CONFIRM',
    traceId: 'f'.repeat(32),
    parentSpanId: 'b7ad6b7169203331',
    failed: true,
  });
  expect(failed!.startNs).toBeGreaterThanOrEqual(before);
  expect(failed!.attributes).toMatchObject({ 'outrider.event.id': 'event of failing', 'error.type': 'TypeError' });
  expect(after.map(({ name }) => name)).toEqual(['append NEXT', 'handle PAYMENT_CONFIRM']);
  expect(contextOf(appended)).toMatch(new RegExp(`^00-${'f'.repeat(32)}-${after[0]!.spanId}-01$`, 'u'));
});

test('a transaction that conflicts and is run again has not failed', async () => {
  transaction(message('quiet', UNSENT)).trace.failed(new Error('conflict'), false);
  expect(await exported()).toEqual([]);
});

test('a batch is sent with the messages of it that are, and linked with those', async () => {
  const sent = `00-${'a'.repeat(32)}-b7ad6b7169203331-01`;
  const { trace, appended } = transaction(message('quiet', UNSENT), message('sent', sent));
  trace.committed();
  expect(contextOf(appended)).toBe(UNSENT);
  const spans = await exported();
  expect(spans.map(({ name }) => name)).toEqual(['handle PAYMENT_CONFIRM', 'handle order-event']);
  const [handled, batch] = spans;
  expect(handled).toMatchObject({ traceId: 'a'.repeat(32), links: [{ spanId: batch!.spanId }] });
  expect(batch).toMatchObject({ parentSpanId: undefined, links: [{ traceId: 'a'.repeat(32) }] });
});

test('a batch that fails is sent though nothing in it was, and says of what it was', async () => {
  const { trace } = transaction(message('one', UNSENT), message('two', UNSENT.replace(TRACE, 'b'.repeat(32))));
  trace.failed(new Error('no'), true);
  const spans = await exported();
  expect(spans).toMatchObject([{ name: 'handle order-event', failed: true }]);
  expect(spans[0]!.links.map(({ traceId }) => traceId)).toEqual([TRACE, 'b'.repeat(32)]);
});

const outgoing = (key: string, traceparent: string) => ({
  eventId: key,
  topic: 'order-event',
  key,
  partition: 1,
  headers: `{"ce_type": "NEXT", "traceparent": "${traceparent}", "app-version": "1"}`,
});
const sending = (events: readonly ReturnType<typeof outgoing>[]) => sendSpans('order')!(events as never);

test('a request to the broker is sent with the events of it that are', async () => {
  const sent = `00-${'c'.repeat(32)}-b7ad6b7169203331-01`;
  sending([outgoing('quiet', UNSENT)])(undefined);
  sending([outgoing('quiet', UNSENT), outgoing('sent', sent), outgoing('odd', 'nonsense')])(undefined);
  const spans = await exported();
  expect(spans.map(({ name }) => name)).toEqual(['publish NEXT', 'publish']);
  expect(spans[0]).toMatchObject({ traceId: 'c'.repeat(32), links: [{ spanId: spans[1]!.spanId }], failed: false });
  expect(spans[1]!.links.map(({ traceId }) => traceId)).toEqual(['c'.repeat(32)]);
});

test('events of a backlog have no spans of their own, only the requests that carry them; after a second they do again', async () => {
  const { too_many: before } = spanCounts.dropped;
  const event = outgoing('sent', `00-${'d'.repeat(32)}-b7ad6b7169203331-01`);
  let at = 1_000_000;
  const now = jest.spyOn(performance, 'now').mockImplementation(() => at);
  try {
    for (let request = 0; request < 5; request += 1) sending(Array<typeof event>(500).fill(event))(undefined);
    sending(Array<typeof event>(500).fill(event))({ reason: 'timeout' } as never);
    at += 1_000;
    sending([event])(undefined);
  } finally {
    now.mockRestore();
  }
  const spans = await exported();
  expect(spans.filter(({ name }) => name === 'publish NEXT')).toHaveLength(2_001);
  const requests = spans.filter(({ name }) => name === 'publish');
  expect(requests.map(({ links, failed }) => [links.length, failed])).toEqual([
    ...Array.from({ length: 5 }, () => [128, false]),
    [128, true],
    [1, false],
  ]);
  expect(spanCounts.dropped.too_many - before).toBe(1_000);
});

test('a request that failed is sent whatever it carried', async () => {
  sending([outgoing('quiet', UNSENT)])({ reason: 'timeout' } as never);
  const spans = await exported();
  expect(spans).toMatchObject([{ name: 'publish', failed: true, links: [{ traceId: TRACE }] }]);
});

test('what does not fit or is not taken is dropped and counted; one line says that it begins, one that it is over', async () => {
  const { queue_full: full, export_failed: refused } = spanCounts.dropped;
  const names: string[] = [];
  const lines: string[] = [];
  let answers: 'no' | 'late' | 'yes' = 'late';
  let late: (() => void) | undefined;
  const queue = new SpanQueue(
    {
      export(spans: ReadableSpan[], done) {
        if (answers === 'yes') names.push(...spans.map(({ name }) => name));
        const answer = () =>
          done(
            answers === 'yes'
              ? { code: ExportResultCode.SUCCESS }
              : { code: ExportResultCode.FAILED, error: new Error('no') },
          );
        if (answers === 'late') late = answer;
        else answer();
      },
    },
    { warn: (_fields, line) => lines.push(line), info: (_fields, line) => lines.push(line) },
  );
  const tracer = new TracerProvider({
    sampler: new RootSampler(1),
    idGenerator: new RandomIds(),
    spanProcessors: [queue],
  }).getTracer('test');
  // a full request is under way, and the endpoint takes its time
  for (let n = 0; n < 512 + 4_100; n += 1) tracer.startSpan('waits').end();
  expect(spanCounts.dropped.queue_full - full).toBe(4);
  answers = 'no';
  late?.();
  await queue.forceFlush();
  expect(spanCounts.dropped.export_failed - refused).toBe(1_024);
  answers = 'yes';
  await queue.forceFlush();
  expect(names).toHaveLength(4_096 - 512);
  expect(lines).toHaveLength(2);
});

test('ids are of the length that they must have, and differ', () => {
  const ids = new RandomIds();
  const made = Array.from({ length: 2_000 }, () => [ids.generateTraceId(), ids.generateSpanId()]);
  expect(made.every(([trace, span]) => /^[\da-f]{32}$/u.test(trace!) && /^[\da-f]{16}$/u.test(span!))).toBe(true);
  expect(new Set(made.flat()).size).toBe(4_000);
});
