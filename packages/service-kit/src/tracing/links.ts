import type { Link, SpanContext } from '@opentelemetry/api';
import { asSent, isSent } from './begin.js';

/** The SDK keeps so many of a span. */
const MOST = 128;

/** Links to the spans that are sent; to all that are known where none is, for then something failed. */
export function linksTo(contexts: readonly (SpanContext | undefined)[]): Link[] {
  const known = contexts.filter((context) => context !== undefined);
  const sent = known.filter(isSent);
  if (sent.length === 0) return known.slice(0, MOST).map((context) => ({ context }));
  return sent.slice(0, MOST).map((context) => ({ context: asSent(context) }));
}
