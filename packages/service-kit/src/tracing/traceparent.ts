import {
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';

/** The name of the header, in HTTP and in Kafka. */
export const TRACEPARENT = 'traceparent';

const FORM = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** W3C Trace Context, version 00. Its companion `tracestate` is neither kept nor passed on. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}

/** undefined for what is malformed, all zeros, or of another version */
export function parseTraceparent(text: string | null | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = FORM.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const parsed: SpanContext = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

/** The context to start a span in: below the one that is named, or without a parent. */
export function contextBelow(parent: SpanContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** A message's context, from the first header of that name. */
export function messageContext(
  headers: readonly (readonly [name: string, value: Uint8Array])[],
): SpanContext | undefined {
  const header = headers.find(([name]) => name === TRACEPARENT);
  return header === undefined ? undefined : parseTraceparent(Buffer.from(header[1]).toString('latin1'));
}
