import { trace } from '@opentelemetry/api';
import { orderOf } from './attributes.js';
import { recentTraces } from './recent-traces.js';
import { isTracing } from './state.js';

/** Adds what a line can be found by: the order, where its topic's key names one, and the trace. */
export function withTraceFields(fields: Record<string, unknown>): Record<string, unknown> {
  const orderId = orderIn(fields);
  const traceId = isTracing() && fields['traceId'] === undefined ? traceOf(orderId ?? fields['key']) : undefined;
  if (traceId === undefined && orderId === fields['orderId']) return fields;
  return { ...fields, ...(orderId !== undefined && { orderId }), ...(traceId !== undefined && { traceId }) };
}

function orderIn({ orderId, topic, key }: Record<string, unknown>): string | undefined {
  if (typeof orderId === 'string') return orderId;
  return typeof topic === 'string' && typeof key === 'string' ? orderOf(topic, key) : undefined;
}

/** The active span may be that of a batch, or of another request: what is known of the order comes first. */
function traceOf(key: unknown): string | undefined {
  return recentTraces.of(key) ?? trace.getActiveSpan()?.spanContext().traceId;
}
