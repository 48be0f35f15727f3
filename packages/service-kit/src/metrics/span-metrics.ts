import type { Registry } from 'prom-client';
import { DROP_REASONS, spanCounts } from '../tracing/index.js';
import { counter } from './define.js';

/** What became of the spans of this process. */
export function addSpanMetrics(registry: Registry): void {
  const exported = counter(registry, {
    name: 'trace_spans_exported_total',
    help: 'Spans that the OTLP endpoint has taken',
    collect() {
      exported.reset();
      exported.inc(spanCounts.exported);
    },
  });
  const dropped = counter(registry, {
    name: 'trace_spans_dropped_total',
    help: 'Spans that were not sent (queue_full: they came faster than the OTLP endpoint takes them; export_failed: it did not take them; too_many: a relay that drains a backlog shows its requests only)',
    labels: { reason: DROP_REASONS },
    collect() {
      dropped.reset();
      for (const reason of DROP_REASONS) dropped.inc({ reason }, spanCounts.dropped[reason]);
    },
  });
}
