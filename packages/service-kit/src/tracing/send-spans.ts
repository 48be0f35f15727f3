import { SpanKind, type SpanContext } from '@opentelemetry/api';
import type { OutgoingEvent, RelayObserver } from '@outrider/outbox';
import { eventAttributes } from './attributes.js';
import { begin, beginBatch } from './begin.js';
import { linksTo } from './links.js';
import { isTracing, spanCounts } from './state.js';
import { parseTraceparent } from './traceparent.js';

/**
 * For a relay's observer: of each request to the broker one span, linked with the events that it carried, and in the trace
 * of each event that is sent a span of the same length, while there are not too many of them in a second. Undefined where
 * nothing is traced: a relay's way of thousands of events a second stays as it is.
 */
export function sendSpans(database: string): RelayObserver['sending'] {
  if (!isTracing()) return undefined;
  return (events) => {
    const startTime = Date.now();
    return (failure) => {
      const traced = tracedOf(events, failure === undefined ? 'sent' : 'all');
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
      // of a failed request none is known to have failed by itself
      const sent = traced.filter(({ parent }) => parent.traceFlags !== 0);
      for (const { event, parent } of spansOfEvents.admit(sent)) {
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

/** So many events have a span of their own in a second: about 2 % of a core, whatever the ratio and the backlog. */
export const EVENT_SPANS_A_SECOND = 2_000;

/** What a relay that drains a backlog leaves out. Its requests are still linked with the events that they carried. */
class SpansOfEvents {
  #second = 0;
  #made = 0;

  /** All of them or none: a request is seen whole, or by its own span. */
  admit<T>(events: readonly T[]): readonly T[] {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#made = 0;
    this.#second = second;
    if (this.#made + events.length > EVENT_SPANS_A_SECOND) {
      spanCounts.dropped.too_many += events.length;
      return [];
    }
    this.#made += events.length;
    return events;
  }
}

const spansOfEvents = new SpansOfEvents();

interface TracedEvent {
  readonly event: OutgoingEvent;
  readonly parent: SpanContext;
}

function tracedOf(events: readonly OutgoingEvent[], which: 'sent' | 'all'): readonly TracedEvent[] {
  const traced: TracedEvent[] = [];
  for (const event of events) {
    const parent = contextIn(event.headers, which);
    if (parent !== undefined) traced.push({ event, parent });
  }
  return traced;
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
