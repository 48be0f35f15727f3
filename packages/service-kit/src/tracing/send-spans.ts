import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type SpanContext } from '@opentelemetry/api';
import type { OutgoingEvent, RelayObserver } from '@outrider/outbox';
import { eventAttributes } from './attributes.js';
import { linksTo } from './links.js';
import { isTracing } from './state.js';
import { contextBelow, parseTraceparent } from './traceparent.js';
import { tracer } from './tracer.js';

/**
 * For a relay's observer: of each request to the broker one span, linked with the events that it carried, and in the trace
 * of each event that is sampled a span of the same length. Undefined where nothing is traced: a relay's way of thousands
 * of events a second stays as it is.
 */
export function sendSpans(database: string): RelayObserver['sending'] {
  if (!isTracing()) return undefined;
  return (events) => {
    const startTime = Date.now();
    return (failure) => {
      const traced = events.flatMap((event) => {
        const parent = contextIn(event.headers);
        return parent === undefined ? [] : [{ event, parent }];
      });
      const isSampled = traced.some(({ parent }) => parent.traceFlags !== 0);
      if (!isSampled && failure === undefined) return;
      const request = tracer().startSpan(
        'publish',
        {
          root: true,
          kind: SpanKind.CLIENT,
          startTime,
          links: linksTo(traced.map(({ parent }) => parent)),
          attributes: {
            'messaging.system': 'kafka',
            'messaging.batch.message_count': events.length,
            'outrider.outbox': database,
          },
        },
        ROOT_CONTEXT,
      );
      const failed = failure === undefined ? undefined : { 'error.type': failure.reason };
      const links = linksTo([request.spanContext()]);
      for (const { event, parent } of traced) {
        // of a failed request none is known to have failed by itself
        if (parent.traceFlags === 0) continue;
        const type = typeOf(event);
        const attributes = { ...eventAttributes({ ...event, type }), ...failed };
        const span = tracer().startSpan(
          `publish ${type ?? event.topic}`,
          { kind: SpanKind.PRODUCER, startTime, links, attributes },
          contextBelow(parent),
        );
        if (failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      }
      if (failed !== undefined) request.setStatus({ code: SpanStatusCode.ERROR }).setAttributes(failed);
      request.end();
    };
  };
}

const MEMBER = /"traceparent": ?"([^"]{1,60})"/;

/** Without parsing the JSON: it is looked for in every event that a relay sends. */
function contextIn(headers: string): SpanContext | undefined {
  return headers.includes('"traceparent"') ? parseTraceparent(MEMBER.exec(headers)?.[1]) : undefined;
}

function typeOf({ headers }: OutgoingEvent): string | undefined {
  return /"ce_type": ?"(\w{1,60})"/.exec(headers)?.[1];
}
