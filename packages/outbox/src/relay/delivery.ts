import { backoffMs, pause } from '@outrider/common';
import { PublishError, type PublisherLane } from '../event-publisher.js';
import { DeliveryRecord, type DeliveryRecordParts } from './delivery-record.js';
import { keyOf, type HeldEvent } from './held-event.js';
import type { Lease } from './leases.js';
import { groupBy, produceBatches } from './produce-batches.js';
import { SendHungError } from './relay-error.js';
import type { UnclearFaults } from './unclear-faults.js';

export interface DeliveryParts extends DeliveryRecordParts {
  readonly publisher: PublisherLane;
  /** No further send once it is aborted. */
  readonly stop: AbortSignal;
  readonly unclear: UnclearFaults;
}

/**
 * How the delivery of a page ended. `complete`: all of it was acknowledged at the first try; only then may be sent what
 * was read before it ended. `stuck`: for a lease's length the broker has not taken all of it. `partial`: anything else.
 */
export type DeliveryEnd = 'complete' | 'partial' | 'stuck';

/** Sends the events of one page, in order per key. */
export class Delivery {
  readonly #record: DeliveryRecord;
  readonly #parkedKeys = new Set<string>();
  /** Leases that had no time left when something of theirs was to be sent. */
  readonly #late = new Set<Lease>();
  readonly #startedMs: number;
  #acknowledged = 0;
  #failed = false;
  #stuck = false;

  constructor(
    private readonly parts: DeliveryParts,
    private readonly page: readonly HeldEvent[],
  ) {
    this.#record = new DeliveryRecord(parts);
    this.#startedMs = parts.context.clock.monotonicMs();
  }

  /**
   * Ends when every event has been acknowledged, parked, or lost with its lease, when the broker has not taken the rest
   * for a lease's length, or when the relay stops.
   *
   * @throws SendHungError; whatever the store throws
   */
  async run(): Promise<DeliveryEnd> {
    const { publisher, context } = this.parts;
    await this.#inTime(publisher.prepare([...new Set(this.page.map(({ topic }) => topic))]));
    for (const event of this.page) event.assign(publisher.partitionOf(event.topic, event.key));
    for (const batch of produceBatches(this.page, context.settings.partitionBytes)) {
      const events = this.#sendable(batch);
      if (events.length === 0) continue;
      const failure = await this.#send(events);
      if (failure === undefined) continue;
      this.#failed = true;
      // Which topic-partitions took their events is not known: from here on each is sent by itself.
      if (failure.fault !== 'event') await this.#backOff(1, failure);
      await this.#byTopicPartition(events);
      // What follows would overtake what was left.
      if (this.#stuck) return 'stuck';
    }
    return !this.#failed && this.#acknowledged === this.page.length ? 'complete' : 'partial';
  }

  async #byTopicPartition(events: readonly HeldEvent[]): Promise<void> {
    const groups = groupBy(events, ({ topicPartition }) => topicPartition);
    let untried = groups.length;
    let failures = 0;
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      untried -= 1;
      const todo = this.#sendable(group);
      if (todo.length === 0) continue;
      const failure = await this.#send(todo);
      if (failure === undefined) {
        failures = 0;
        continue;
      }
      const rest = this.#isEventFault(failure, todo) ? await this.#byKey(todo) : todo;
      if (rest.length === 0) continue;
      // The others are sent before this topic-partition is tried again.
      groups.push([...rest]);
      failures += 1;
      this.#stuck = untried <= 0 && failure.fault === 'broker' && this.#hasLastedALease();
      if (this.#stuck) return;
      // Until each has been tried once the wait stays short: the broker may serve some of them.
      await this.#backOff(untried > 0 ? 1 : failures, failure);
    }
  }

  /** Newer events are not to wait longer for a topic-partition that the broker does not serve (decision 141). */
  #hasLastedALease(): boolean {
    const { clock, settings } = this.parts.context;
    return clock.monotonicMs() - this.#startedMs >= settings.leaseMs;
  }

  /** An event of a topic-partition is refused: send key by key. @returns what the broker was not available for */
  async #byKey(events: readonly HeldEvent[]): Promise<readonly HeldEvent[]> {
    const keys = groupBy(events, keyOf);
    for (const [index, key] of keys.entries()) {
      const untried = (from: readonly HeldEvent[]): HeldEvent[] => [...from, ...keys.slice(index + 1).flat()];
      const all = this.#sendable(key);
      if (all.length === 0) continue;
      const failure = await this.#send(all);
      if (failure === undefined) continue;
      if (!this.#isEventFault(failure, all)) return untried(all);
      const rest = await this.#oneByOne(all, failure);
      if (rest.length > 0) return untried(rest);
    }
    return [];
  }

  /** Sends the events of one key up to the one that is refused; with that one the key is parked. */
  async #oneByOne(events: readonly HeldEvent[], failure: PublishError): Promise<readonly HeldEvent[]> {
    const [only, second] = events;
    if (only !== undefined && second === undefined) {
      await this.#park(only, failure);
      return [];
    }
    for (const [index, event] of events.entries()) {
      const [sendable] = this.#sendable([event]);
      if (sendable === undefined) return [];
      const own = await this.#send([sendable]);
      if (own === undefined) continue;
      if (!this.#isEventFault(own, [sendable])) return events.slice(index);
      await this.#park(sendable, own);
      return [];
    }
    return [];
  }

  /** Nothing more of the key is sent from this page. */
  async #park(event: HeldEvent, failure: PublishError): Promise<void> {
    this.#parkedKeys.add(keyOf(event));
    await this.#record.park(event, this.page, failure);
  }

  /** Sends and acknowledges. @returns why it failed */
  async #send(events: readonly HeldEvent[]): Promise<PublishError | undefined> {
    const { context, publisher, unclear } = this.parts;
    const { clock, observer } = context;
    const startedMs = clock.monotonicMs();
    const ended = observer.sending?.(events);
    try {
      await this.#inTime(publisher.send(events));
    } catch (error) {
      if (error instanceof SendHungError) throw error;
      const failure = error instanceof PublishError ? error : new PublishError('unclear', 'unknown', { cause: error });
      ended?.(failure);
      observer.sendFailed(failure.fault, failure.reason);
      // Unclear before and after an outage is not unclear all the time.
      if (failure.fault === 'broker') unclear.clear(events);
      return failure;
    } finally {
      observer.sent((clock.monotonicMs() - startedMs) / 1_000);
    }
    ended?.();
    unclear.clear(events);
    this.#acknowledged += await this.#record.acknowledge(events);
    return undefined;
  }

  /** An unclear fault counts as the broker's until it has lasted. */
  #isEventFault(failure: PublishError, events: readonly HeldEvent[]): boolean {
    if (failure.fault !== 'unclear') return failure.fault === 'event';
    const { context, unclear } = this.parts;
    const lastedMs = unclear.failed(events[0]?.topicPartition ?? '', context.clock.monotonicMs());
    return lastedMs >= context.settings.unclearFaultMs;
  }

  /**
   * What may be sent now. Where a lease has no time left, its events stay behind, and with them all later ones of that
   * lease: it may be renewed before their turn, and they would overtake.
   */
  #sendable(events: readonly HeldEvent[]): HeldEvent[] {
    const { context, leases, stop } = this.parts;
    if (stop.aborted) return [];
    const nowMs = context.clock.monotonicMs();
    const someParked = this.#parkedKeys.size > 0;
    return events.filter((event) => {
      if (!leases.maySend(event.lease, nowMs)) this.#late.add(event.lease);
      return !this.#late.has(event.lease) && !(someParked && this.#parkedKeys.has(keyOf(event)));
    });
  }

  async #backOff(failures: number, failure: PublishError): Promise<void> {
    const { retryFirstMs, retryMaxMs } = this.parts.context.settings;
    const waitMs = backoffMs(failures, retryFirstMs, retryMaxMs);
    this.parts.context.log.warn(
      { err: failure.cause, reason: failure.reason, failures, waitMs },
      'send to the broker failed, will be retried',
    );
    await pause(waitMs, this.parts.stop);
  }

  /** A relay that hangs is as bad as a dead one: its shards must be free within a lease. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const limitMs = (this.parts.context.settings.leaseMs * 3) / 4;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new SendHungError(limitMs)), limitMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
