import { context, type Attributes, type SpanKind } from '@opentelemetry/api';
import { errorAttributes } from './attributes.js';
import { begin } from './begin.js';
import { isTracing } from './state.js';
import { contextBelow, parseTraceparent } from './traceparent.js';

export interface WorkSpan<T> {
  readonly name: string;
  readonly kind: SpanKind;
  /** below which the span stands; null: a trace of its own */
  readonly traceparent: string | null;
  readonly attributes: Attributes;
  /** what the span says of the result; `failed` makes it one of those that are always sent */
  readonly judge: (result: T) => { readonly attributes: Attributes; readonly failed: boolean };
}

/** Runs work in a span, which ends with it. */
export async function inSpan<T>(
  { name, kind, traceparent, attributes, judge }: WorkSpan<T>,
  work: () => Promise<T>,
): Promise<T> {
  if (!isTracing()) return work();
  const begun = begin(parseTraceparent(traceparent), () => ({ name, kind, attributes }));
  let result: T;
  try {
    result = await context.with(contextBelow(begun.position), work);
  } catch (error) {
    begun.fail(errorAttributes(error));
    throw error;
  }
  const { failed, attributes: said } = judge(result);
  if (failed) begun.fail(said);
  else begun.end(said);
  return result;
}
