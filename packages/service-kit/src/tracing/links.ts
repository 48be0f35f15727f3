import { TraceFlags, type Link, type SpanContext } from '@opentelemetry/api';

/** The SDK keeps so many of a span. */
const MOST = 128;

/** Links to the spans that are known, those that are exported first. */
export function linksTo(contexts: readonly (SpanContext | undefined)[]): Link[] {
  const known = contexts.filter((context) => context !== undefined);
  const { sampled = [], others = [] } = Object.groupBy(known, ({ traceFlags }) =>
    (traceFlags & TraceFlags.SAMPLED) === 0 ? 'others' : 'sampled',
  );
  return [...sampled, ...others].slice(0, MOST).map((context) => ({ context }));
}
