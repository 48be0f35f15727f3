export { SpanKind } from '@opentelemetry/api';
export { inSpan, type WorkSpan } from './in-span.js';
export { withTraceFields } from './log-fields.js';
export { sendSpans } from './send-spans.js';
export { DROP_REASONS, isTracing, setTracing, spanCounts, type DropReason } from './state.js';
export { traceRequests } from './trace-requests.js';
export { formatTraceparent, messageContext, parseTraceparent, TRACEPARENT } from './traceparent.js';
export { transactionTrace, type TransactionTrace } from './transaction-trace.js';
