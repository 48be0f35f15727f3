import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import type { InboxMessage } from '@outrider/inbox';
import { errorAttributes, eventAttributes, topicAttributes } from './attributes.js';
import { linksTo } from './links.js';
import { recentTraces } from './recent-traces.js';
import { isTracing } from './state.js';
import { contextBelow, formatTraceparent, messageContext, parseTraceparent, TRACEPARENT } from './traceparent.js';
import { tracer } from './tracer.js';

interface AppendedEvent {
  readonly eventId: string;
  readonly key: string;
  readonly topic: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
}

type HandledMessage = Pick<InboxMessage<unknown>, 'event' | 'eventId' | 'key' | 'raw'>;

/** The traces that a transaction belongs to: one for each key, for a batch holds events of many orders. */
export interface TransactionTrace {
  /**
   * Events of this key that are emitted continue a stored trace, unless a message of the key is being handled.
   * @param traceparent as `of` gave it
   */
  continue(key: string, traceparent: string | null): void;
  /** What to store with the thing that the key names, for work without a message; null: nothing is traced. */
  of(key: string): string | null;
  /** A span for each message and, of several, one for the batch, linked with them. Runs `work` in the span of an only one. */
  handling<T>(topic: string, messages: readonly HandledMessage[], work: () => T): T;
  /** A span for each event, whose context travels in its headers. */
  appending<E extends AppendedEvent>(events: readonly E[]): readonly E[];
  committed(): void;
  /** @param isFinal false: it is done again, and nothing has failed */
  failed(error: unknown, isFinal: boolean): void;
}

export function transactionTrace(): TransactionTrace {
  return isTracing() ? new SpansOfTransaction() : NO_TRACE;
}

const NO_TRACE: TransactionTrace = {
  continue: () => undefined,
  of: () => null,
  handling: (_topic, _messages, work) => work(),
  appending: (events) => events,
  committed: () => undefined,
  failed: () => undefined,
};

class SpansOfTransaction implements TransactionTrace {
  readonly #byKey = new Map<string, Context>();
  /** of events whose key has no trace of its own */
  #default = context.active();
  readonly #batches: Span[] = [];
  readonly #messages: Span[] = [];
  readonly #appends: Span[] = [];

  continue(key: string, traceparent: string | null): void {
    const stored = this.#byKey.has(key) ? undefined : parseTraceparent(traceparent);
    if (stored !== undefined) this.#remember(key, contextBelow(stored));
  }

  of(key: string): string | null {
    const found = trace.getSpanContext(this.#byKey.get(key) ?? this.#default);
    return found === undefined ? null : formatTraceparent(found);
  }

  handling<T>(topic: string, messages: readonly HandledMessage[], work: () => T): T {
    const parents = messages.map(({ raw }) => messageContext(raw.headers));
    const batch = messages.length > 1 ? this.#startBatch(topic, parents) : undefined;
    for (const [index, message] of messages.entries()) {
      const span = startMessage(topic, message, parents[index], batch?.spanContext());
      this.#messages.push(span);
      this.#remember(message.key, trace.setSpan(ROOT_CONTEXT, span));
    }
    const [only] = this.#messages;
    const outer = batch ?? only;
    if (outer !== undefined) this.#default = trace.setSpan(ROOT_CONTEXT, outer);
    return context.with(this.#default, work);
  }

  appending<E extends AppendedEvent>(events: readonly E[]): readonly E[] {
    const cause = trace.getSpanContext(this.#default);
    return events.map((event) => {
      const parent = this.#byKey.get(event.key);
      const links: Link[] = parent === undefined || cause === undefined ? [] : linksTo([cause]);
      const span = tracer().startSpan(
        `append ${event.type}`,
        { kind: SpanKind.PRODUCER, attributes: eventAttributes(event), links: sameSpan(parent, cause) ? [] : links },
        parent ?? this.#default,
      );
      this.#appends.push(span);
      recentTraces.set(event.key, span.spanContext().traceId);
      return { ...event, headers: { ...event.headers, [TRACEPARENT]: formatTraceparent(span.spanContext()) } };
    });
  }

  committed(): void {
    for (const span of [...this.#appends, ...this.#messages, ...this.#batches]) span.end();
  }

  /** What was rolled back was not appended: those spans are left out. Of a batch it is not known which message failed. */
  failed(error: unknown, isFinal: boolean): void {
    if (!isFinal) return;
    const failed = this.#batches.length > 0 ? this.#batches : this.#messages;
    for (const span of failed) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttributes(errorAttributes(error)).end();
    }
  }

  #startBatch(topic: string, parents: readonly (SpanContext | undefined)[]): Span {
    const span = tracer().startSpan(
      `handle ${topic}`,
      {
        root: true,
        kind: SpanKind.CONSUMER,
        links: linksTo(parents),
        attributes: { ...topicAttributes(topic), 'messaging.batch.message_count': parents.length },
      },
      ROOT_CONTEXT,
    );
    this.#batches.push(span);
    return span;
  }

  #remember(key: string, found: Context): void {
    this.#byKey.set(key, found);
    const span = trace.getSpanContext(found);
    if (span !== undefined) recentTraces.set(key, span.traceId);
  }
}

function startMessage(
  topic: string,
  { event, eventId, key, raw }: HandledMessage,
  parent: SpanContext | undefined,
  batch: SpanContext | undefined,
): Span {
  const { eventType } = event as { readonly eventType?: string };
  return tracer().startSpan(
    `handle ${eventType ?? topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...eventAttributes({ topic, key, eventId, type: eventType, partition: raw.partition }),
        'messaging.kafka.offset': String(raw.offset),
      },
      links: linksTo([batch]),
    },
    contextBelow(parent),
  );
}

function sameSpan(one: Context | undefined, other: SpanContext | undefined): boolean {
  return one !== undefined && trace.getSpanContext(one)?.spanId === other?.spanId;
}
