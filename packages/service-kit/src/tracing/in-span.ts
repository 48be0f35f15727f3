import { context, SpanStatusCode, trace, type Attributes, type SpanKind } from '@opentelemetry/api';
import { errorAttributes } from './attributes.js';
import { isTracing } from './state.js';
import { contextBelow, parseTraceparent } from './traceparent.js';
import { tracer } from './tracer.js';

export interface WorkSpan<T> {
  readonly name: string;
  readonly kind: SpanKind;
  /** below which the span stands; null: a trace of its own */
  readonly traceparent: string | null;
  readonly attributes: Attributes;
  /** what the span says of the result; `failed` makes it one of those that are always exported */
  readonly judge: (result: T) => { readonly attributes: Attributes; readonly failed: boolean };
}

/** Runs work in a span, which ends with it. */
export async function inSpan<T>(
  { name, kind, traceparent, attributes, judge }: WorkSpan<T>,
  work: () => Promise<T>,
): Promise<T> {
  if (!isTracing()) return work();
  const parent = contextBelow(parseTraceparent(traceparent));
  const span = tracer().startSpan(name, { kind, attributes }, parent);
  try {
    const result = await context.with(trace.setSpan(parent, span), work);
    const { failed, attributes: said } = judge(result);
    span.setAttributes(said);
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    return result;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR }).setAttributes(errorAttributes(error));
    throw error;
  } finally {
    span.end();
  }
}
