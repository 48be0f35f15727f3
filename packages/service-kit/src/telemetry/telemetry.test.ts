import { ROOT_CONTEXT, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { beforeEach, expect, test } from '@jest/globals';
import { spanCounts } from '../tracing/index.js';
import { FailedTraces } from './failed-traces.js';
import { FailureSampler } from './sampler.js';
import { SpanQueue } from './span-queue.js';
import { TailProcessor } from './tail-processor.js';

let exported: string[];
let lines: string[];
let queue: SpanQueue;
let tracer: Tracer;
let fails: boolean;
beforeEach(() => {
  exported = [];
  lines = [];
  fails = false;
  const failed = new FailedTraces();
  queue = new SpanQueue(
    {
      export(spans: ReadableSpan[], done) {
        if (!fails) exported.push(...spans.map(({ name }) => name));
        done(fails ? { code: ExportResultCode.FAILED, error: new Error('no') } : { code: ExportResultCode.SUCCESS });
      },
    },
    { warn: (_fields, line) => lines.push(line), info: (_fields, line) => lines.push(line) },
  );
  const provider = new TracerProvider({
    sampler: new FailureSampler(0, failed),
    spanProcessors: [new TailProcessor(queue, failed)],
  });
  tracer = provider.getTracer('test');
});

const below = (parent: Span) => trace.setSpan(ROOT_CONTEXT, parent);

test('of traces that are not sampled, the one in which something fails is sent, from then on as a sampled one', async () => {
  const root = tracer.startSpan('request', {}, ROOT_CONTEXT);
  tracer.startSpan('before', {}, below(root)).end();
  tracer.startSpan('of another trace', {}, ROOT_CONTEXT).end();
  const failing = tracer.startSpan('failing', {}, below(root));
  failing.setStatus({ code: SpanStatusCode.ERROR }).end();
  const after = tracer.startSpan('after', {}, below(root));
  expect(root.spanContext().traceFlags).toBe(0);
  expect(after.spanContext().traceFlags).toBe(1);
  after.end();
  root.end();
  await queue.flush();
  expect(exported).toEqual(['before', 'failing', 'after', 'request']);
});

test('what does not fit or is not taken is dropped and counted; one line says that it begins, one that it is over', async () => {
  const full = spanCounts.dropped.queue_full;
  const refused = spanCounts.dropped.export_failed;
  fails = true;
  for (let n = 0; n < 4_100; n += 1) {
    tracer.startSpan('failing', {}, ROOT_CONTEXT).setStatus({ code: SpanStatusCode.ERROR }).end();
  }
  expect(spanCounts.dropped.queue_full - full).toBe(4);
  await queue.flush();
  await queue.flush();
  expect(spanCounts.dropped.export_failed - refused).toBe(1_024);
  fails = false;
  await queue.flush();
  expect(exported).toHaveLength(4_096 - 1_024);
  expect(lines).toHaveLength(2);
});
