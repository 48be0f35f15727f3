import { context, SpanKind, trace, type SpanContext } from '@opentelemetry/api';
import type { InboxMessage } from '@outrider/inbox';
import { errorAttributes, eventAttributes, topicAttributes } from './attributes.js';
import { begin, beginBatch, type Begun } from './begin.js';
import { linksTo } from './links.js';
import { recentTraces } from './recent-traces.js';
import { isTracing } from './state.js';
import { contextBelow, formatTraceparent, messageContext, parseTraceparent, TRACEPARENT } from './traceparent.js';

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
  readonly #byKey = new Map<string, SpanContext>();
  /** of events whose key has no trace of its own */
  #default = trace.getSpanContext(context.active());
  #batch: Begun | undefined;
  readonly #messages: Begun[] = [];
  readonly #appends: Begun[] = [];

  continue(key: string, traceparent: string | null): void {
    const stored = this.#byKey.has(key) ? undefined : parseTraceparent(traceparent);
    if (stored !== undefined) this.#remember(key, stored);
  }

  of(key: string): string | null {
    const found = this.#byKey.get(key) ?? this.#default;
    return found === undefined ? null : formatTraceparent(found);
  }

  handling<T>(topic: string, messages: readonly HandledMessage[], work: () => T): T {
    const parents = messages.map(({ raw }) => messageContext(raw.headers));
    if (messages.length > 1) this.#batch = beginHandling(topic, parents);
    for (const [index, message] of messages.entries()) {
      const begun = beginMessage(topic, message, parents[index], this.#batch?.position);
      this.#messages.push(begun);
      this.#remember(message.key, begun.position);
    }
    this.#default = (this.#batch ?? this.#messages[0])?.position ?? this.#default;
    return this.#default === undefined ? work() : context.with(contextBelow(this.#default), work);
  }

  appending<E extends AppendedEvent>(events: readonly E[]): readonly E[] {
    return events.map((event) => {
      const own = this.#byKey.get(event.key);
      const begun = begin(own ?? this.#default, () => ({
        name: `append ${event.type}`,
        kind: SpanKind.PRODUCER,
        attributes: eventAttributes(event),
        links: own === undefined || own.spanId === this.#default?.spanId ? [] : linksTo([this.#default]),
      }));
      this.#appends.push(begun);
      recentTraces.set(event.key, begun.position.traceId);
      return { ...event, headers: { ...event.headers, [TRACEPARENT]: formatTraceparent(begun.position) } };
    });
  }

  committed(): void {
    for (const begun of [...this.#appends, ...this.#messages]) begun.end();
    this.#batch?.end();
  }

  /** What was rolled back was not appended: those spans are left out. Of a batch it is not known which message failed. */
  failed(error: unknown, isFinal: boolean): void {
    if (!isFinal) return;
    const failed = this.#batch === undefined ? this.#messages : [this.#batch];
    for (const begun of failed) begun.fail(errorAttributes(error));
  }

  #remember(key: string, position: SpanContext): void {
    this.#byKey.set(key, position);
    recentTraces.set(key, position.traceId);
  }
}

function beginHandling(topic: string, parents: readonly (SpanContext | undefined)[]): Begun {
  return beginBatch(parents, () => ({
    name: `handle ${topic}`,
    kind: SpanKind.CONSUMER,
    links: linksTo(parents),
    attributes: { ...topicAttributes(topic), 'messaging.batch.message_count': parents.length },
  }));
}

function beginMessage(
  topic: string,
  { event, eventId, key, raw }: HandledMessage,
  parent: SpanContext | undefined,
  batch: SpanContext | undefined,
): Begun {
  return begin(parent, () => {
    const { eventType } = event as { readonly eventType?: string };
    return {
      name: `handle ${eventType ?? topic}`,
      kind: SpanKind.CONSUMER,
      attributes: {
        ...eventAttributes({ topic, key, eventId, type: eventType, partition: raw.partition }),
        'messaging.kafka.offset': String(raw.offset),
      },
      links: linksTo([batch]),
    };
  });
}
