import { PublishError, type PublisherLane } from '../event-publisher.js';
import type { LaneStore } from '../outbox-store.js';
import { reasonOf } from '../reason.js';
import { backoffMs, pause } from './backoff.js';
import type { RelayContext } from './context.js';
import type { HeldEvent } from './held-event.js';
import type { Lease, Leases } from './leases.js';
import { nominate } from './safe-floor.js';
import { SendHungError, UnsteadyLeaseError } from './relay-error.js';
import { keyWaitMs } from './settings.js';
import { groupBy, wavesOf } from './produce-batches.js';

const AGES_OF_A_BATCH = 50;
const RENEWALS_OF_A_BATCH = 3;

export interface DeliveryParts {
  readonly context: RelayContext;
  readonly leases: Leases;
  readonly store: LaneStore;
  readonly publisher: PublisherLane;
  /** Asks the database which leases are still held. */
  readonly renew: () => Promise<void>;
  /** No further send once it is aborted. */
  readonly stop: AbortSignal;
  /** Since when a place fails for no clear reason, on the monotonic clock; kept from page to page. */
  readonly unclearSince: Map<string, number>;
}

/**
 * How a page ended. `whole`: all of it has been acknowledged, and at the first try: only then may be sent what was read
 * before it ended. `stuck`: the broker has not taken all of it for a lease; `rest`: something else was left or set aside.
 */
export type DeliveryEnd = 'whole' | 'rest' | 'stuck';

/** Brings the events of one page out, in order per key. */
export class Delivery {
  readonly #aside = new Set<string>();
  /** Leases that had no time left when something of theirs was to be sent. */
  readonly #late = new Set<Lease>();
  readonly #begunMs: number;
  #acknowledged = 0;
  #troubled = false;
  #stuck = false;

  constructor(
    private readonly parts: DeliveryParts,
    private readonly page: readonly HeldEvent[],
  ) {
    this.#begunMs = parts.context.clock.monotonicMs();
  }

  /**
   * Ends when every event has been acknowledged, set aside, or lost with its lease, when the broker has not taken what
   * is left for a lease, or when the relay stops.
   *
   * @throws SendHungError; whatever the store throws
   */
  async run(): Promise<DeliveryEnd> {
    const { publisher, context } = this.parts;
    await this.#inTime(publisher.prepare([...new Set(this.page.map(({ topic }) => topic))]));
    for (const event of this.page) event.place = publisher.placeOf(event.topic, event.key) ?? event.topic;
    for (const wave of wavesOf(this.page, context.settings.placeBytes)) {
      const events = this.#sendable(wave);
      if (events.length === 0) continue;
      const failure = await this.#send(events);
      if (failure === undefined) continue;
      this.#troubled = true;
      // Which of the places took theirs is not known: from here on each answers for itself.
      if (failure.fault !== 'event') await this.#backOff(1, failure);
      await this.#byPlace(events);
      // What follows would overtake what was left.
      if (this.#stuck) return 'stuck';
    }
    return !this.#troubled && this.#acknowledged === this.page.length ? 'whole' : 'rest';
  }

  async #byPlace(events: readonly HeldEvent[]): Promise<void> {
    const places = groupBy(events, ({ place }) => place);
    let untried = places.length;
    let failures = 0;
    for (let place = places.shift(); place !== undefined; place = places.shift()) {
      untried -= 1;
      const todo = this.#sendable(place);
      if (todo.length === 0) continue;
      const failure = await this.#send(todo);
      if (failure === undefined) {
        failures = 0;
        continue;
      }
      const rest = this.#isEvents(failure, todo) ? await this.#byKey(todo) : todo;
      if (rest.length === 0) continue;
      // The others have their turn before this place is tried again.
      places.push([...rest]);
      failures += 1;
      this.#stuck = untried <= 0 && failure.fault === 'broker' && this.#lasts();
      if (this.#stuck) return;
      // All of them are to have their turn soon: some may be served.
      await this.#backOff(untried > 0 ? 1 : failures, failure);
    }
  }

  /** Long enough: what was written since is not to wait for a place that the broker does not serve (decision 141). */
  #lasts(): boolean {
    const { clock, settings } = this.parts.context;
    return clock.monotonicMs() - this.#begunMs >= settings.leaseMs;
  }

  /** One of a place's events is refused: key by key, never by position. @returns what the broker was not there for */
  async #byKey(events: readonly HeldEvent[]): Promise<readonly HeldEvent[]> {
    const keys = groupBy(events, keyOf);
    for (const [index, key] of keys.entries()) {
      const untried = (from: readonly HeldEvent[]): HeldEvent[] => [...from, ...keys.slice(index + 1).flat()];
      const whole = this.#sendable(key);
      if (whole.length === 0) continue;
      const failure = await this.#send(whole);
      if (failure === undefined) continue;
      if (!this.#isEvents(failure, whole)) return untried(whole);
      const rest = await this.#oneByOne(whole, failure);
      if (rest.length > 0) return untried(rest);
    }
    return [];
  }

  /** The events of one key up to the one that is refused; with that one the key is set aside. */
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
      if (!this.#isEvents(own, [sendable])) return events.slice(index);
      await this.#park(sendable, own);
      return [];
    }
    return [];
  }

  /** Sends and acknowledges. @returns why not */
  async #send(events: readonly HeldEvent[]): Promise<PublishError | undefined> {
    const { context, publisher } = this.parts;
    const { clock, observer } = context;
    const startedMs = clock.monotonicMs();
    try {
      await this.#inTime(publisher.send(events));
    } catch (error) {
      if (error instanceof SendHungError) throw error;
      const failure = error instanceof PublishError ? error : new PublishError('unclear', 'unknown', { cause: error });
      observer.sendFailed(failure.fault, failure.reason);
      // Unclear before and after an outage is not unclear all the while.
      if (failure.fault === 'broker') this.#clear(events);
      return failure;
    } finally {
      observer.sent((clock.monotonicMs() - startedMs) / 1_000);
    }
    this.#clear(events);
    await this.#acknowledge(events);
    return undefined;
  }

  #clear(events: readonly HeldEvent[]): void {
    const { unclearSince } = this.parts;
    if (unclearSince.size === 0) return;
    for (const { place, topic } of events) {
      unclearSince.delete(place);
      unclearSince.delete(topic);
    }
  }

  async #acknowledge(sent: readonly HeldEvent[]): Promise<void> {
    const { context, leases, store, renew } = this.parts;
    const { observer, owner } = context;
    let events = sent;
    for (let round = 0; round < RENEWALS_OF_A_BATCH; round += 1) {
      const asked = leasesOf(events);
      const { held, changed, xid } = await store.acknowledge(owner, asked, events);
      if (held === asked.length) {
        this.#acknowledged += events.length;
        if (context.settings.safeFloor) nominate(events, xid);
        observer.published(changed, this.#ages(events));
        if (changed < events.length) observer.acknowledgedTwice(events.length - changed);
        await this.#forgetFailures(events);
        return;
      }
      await renew();
      const kept = events.filter(({ lease }) => leases.isHeld(lease));
      if (kept.length < events.length) observer.fenced(events.length - kept.length);
      events = kept;
      if (events.length === 0) return;
    }
    throw new UnsteadyLeaseError('an acknowledgement was refused again and again under leases that are held');
  }

  async #forgetFailures(events: readonly HeldEvent[]): Promise<void> {
    for (const [first] of groupBy(
      events.filter(({ attempts }) => attempts !== null),
      keyOf,
    )) {
      if (first !== undefined) await this.parts.store.forget(first.shard, first.key);
    }
  }

  /** Sets the key aside with this event and all later ones of it in hand; nothing more of it leaves with this page. */
  async #park(event: HeldEvent, failure: PublishError): Promise<void> {
    const { context, leases, store, renew } = this.parts;
    const { log, observer, owner, settings } = context;
    const name = keyOf(event);
    this.#aside.add(name);
    const from = this.page.findIndex(({ id }) => id === event.id);
    const ids = this.page.slice(from).flatMap((other) => (keyOf(other) === name ? [other.id] : []));
    const attempts = (event.attempts ?? 0) + 1;
    const { held, dead } = await store.park(owner, event.lease, {
      key: event.key,
      reason: reasonOf(failure.cause),
      waitMs: keyWaitMs(settings, attempts),
      budget: settings.keyBudget,
      ids,
    });
    if (held === 0) {
      await renew();
      if (!leases.isHeld(event.lease)) observer.fenced(ids.length);
      return;
    }
    observer.parked(dead);
    log.warn(
      { eventId: event.eventId, key: event.key, topic: event.topic, attempts, dead, err: failure.cause },
      'an event was refused and its key is set aside',
    );
  }

  /** The event's own fault, by now? What is unclear counts as the broker's until it has lasted. */
  #isEvents(failure: PublishError, events: readonly HeldEvent[]): boolean {
    if (failure.fault !== 'unclear') return failure.fault === 'event';
    const { clock, settings } = this.parts.context;
    const nowMs = clock.monotonicMs();
    const place = events[0]?.place ?? '';
    const sinceMs = this.parts.unclearSince.get(place) ?? nowMs;
    this.parts.unclearSince.set(place, sinceMs);
    return nowMs - sinceMs >= settings.patienceMs;
  }

  /**
   * What may go out now. What may not because its lease has no time left stays behind, and with it all later events of
   * that lease: it may be renewed before they have their turn, and they would overtake.
   */
  #sendable(events: readonly HeldEvent[]): HeldEvent[] {
    const { context, leases, stop } = this.parts;
    if (stop.aborted) return [];
    const nowMs = context.clock.monotonicMs();
    const aside = this.#aside.size > 0;
    return events.filter((event) => {
      if (!leases.maySend(event.lease, nowMs)) this.#late.add(event.lease);
      return !this.#late.has(event.lease) && !(aside && this.#aside.has(keyOf(event)));
    });
  }

  async #backOff(failures: number, failure: PublishError): Promise<void> {
    const { firstWaitMs, longestWaitMs } = this.parts.context.settings;
    const waitMs = backoffMs(failures, firstWaitMs, longestWaitMs);
    this.parts.context.log.warn(
      { err: failure.cause, reason: failure.reason, failures, waitMs },
      'the broker takes no events',
    );
    await pause(waitMs, this.parts.stop);
  }

  /** A holder that hangs is as bad as a dead one: its shards are to be free within a lease. */
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

  #ages(events: readonly HeldEvent[]): number[] {
    const nowMs = this.parts.context.clock.wallMs();
    const step = Math.max(1, Math.ceil(events.length / AGES_OF_A_BATCH));
    const ages: number[] = [];
    for (let at = 0; at < events.length; at += step) {
      const event = events[at];
      if (event !== undefined) ages.push(Math.max(0, nowMs - timeOf(event.eventId)) / 1_000);
    }
    return ages;
  }
}

function keyOf({ shard, key }: { readonly shard: number; readonly key: string }): string {
  return `${shard} ${key}`;
}

function leasesOf(events: readonly HeldEvent[]): Lease[] {
  return [...new Set(events.map(({ lease }) => lease))];
}

/** The milliseconds that a UUIDv7 begins with. */
function timeOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
