import { SpanKind, type SpanContext } from '@opentelemetry/api';
import type { OutgoingEvent, RelayObserver } from '@outrider/outbox';
import { eventAttributes } from './attributes.js';
import { begin, beginBatch } from './begin.js';
import { linksTo } from './links.js';
import { isTracing } from './state.js';
import { parseTraceparent } from './traceparent.js';

/**
 * For a relay's observer: of each request to the broker one span, linked with the events that it carried, and in the trace
 * of each event that is sent a span of the same length. Undefined where nothing is traced: a relay's way of thousands
 * of events a second stays as it is.
 */
export function sendSpans(database: string): RelayObserver['sending'] {
  if (!isTracing()) return undefined;
  return (events) => {
    const startTime = Date.now();
    return (failure) => {
      const traced = events.flatMap((event) => {
        const parent = contextIn(event.headers, failure === undefined ? 'sent' : 'all');
        return parent === undefined ? [] : [{ event, parent }];
      });
      if (traced.length === 0 && failure === undefined) return;
      const parents = traced.map(({ parent }) => parent);
      const request = beginBatch(parents, () => ({
        name: 'publish',
        kind: SpanKind.CLIENT,
        startTime,
        links: linksTo(parents),
        attributes: {
          'messaging.system': 'kafka',
          'messaging.batch.message_count': events.length,
          'outrider.outbox': database,
        },
      }));
      const failed = failure === undefined ? undefined : { 'error.type': failure.reason };
      const links = linksTo([request.position]);
      for (const { event, parent } of traced) {
        // of a failed request none is known to have failed by itself
        if (parent.traceFlags === 0) continue;
        const type = typeOf(event);
        const span = begin(parent, () => ({
          name: `publish ${type ?? event.topic}`,
          kind: SpanKind.PRODUCER,
          startTime,
          links,
          attributes: eventAttributes({ ...event, type }),
        }));
        if (failed === undefined) span.end();
        else span.fail(failed);
      }
      if (failed === undefined) request.end();
      else request.fail(failed);
    };
  };
}

const MEMBER = '"traceparent"';
const LENGTH = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'.length;

/**
 * The context in an event's headers, as the database shows them: by position, without parsing the JSON or the context of a
 * trace that is not sent, since it is looked for in every event.
 */
function contextIn(headers: string, which: 'sent' | 'all'): SpanContext | undefined {
  const at = headers.indexOf(MEMBER);
  if (at === -1) return undefined;
  const from = headers.indexOf('"', at + MEMBER.length) + 1;
  if (which === 'sent' && headers.charCodeAt(from + LENGTH - 1) === ZERO) return undefined;
  const context = parseTraceparent(headers.slice(from, headers.indexOf('"', from)));
  return which === 'sent' && context?.traceFlags === 0 ? undefined : context;
}

const ZERO = 0x30;

function typeOf({ headers }: OutgoingEvent): string | undefined {
  return /"ce_type": ?"(\w{1,60})"/.exec(headers)?.[1];
}
