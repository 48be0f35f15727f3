import { trace, type Tracer } from '@opentelemetry/api';

/** The tracer of all spans that are made by hand, which is all there are. */
export function tracer(): Tracer {
  return trace.getTracer('outrider');
}
