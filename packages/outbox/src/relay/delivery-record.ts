import { errorText } from '@outrider/common';
import type { PublishError } from '../event-publisher.js';
import type { LaneStore } from '../outbox-store.js';
import type { RelayContext } from './context.js';
import { keyOf, type HeldEvent } from './held-event.js';
import type { Leases } from './leases.js';
import { groupBy } from './produce-batches.js';
import { UnsteadyLeaseError } from './relay-error.js';
import { recordFloorCandidate } from './safe-floor.js';
import { keyRetryMs } from './settings.js';

const AGES_PER_BATCH = 50;
const RENEWALS_PER_BATCH = 3;

export interface DeliveryRecordParts {
  readonly context: RelayContext;
  readonly leases: Leases;
  readonly store: LaneStore;
  /** Asks the database which leases are still held. */
  readonly renew: () => Promise<void>;
}

/** Writes to the outbox what became of events: the broker has them, or their key is parked. */
export class DeliveryRecord {
  constructor(private readonly parts: DeliveryRecordParts) {}

  /**
   * @param sent what the broker has
   * @returns how many of them were recorded: those under leases that are still held
   * @throws UnsteadyLeaseError; whatever the store throws
   */
  async acknowledge(sent: readonly HeldEvent[]): Promise<number> {
    const { context, leases, store, renew } = this.parts;
    const { observer, owner } = context;
    let events = sent;
    for (let round = 0; round < RENEWALS_PER_BATCH; round += 1) {
      const asked = [...new Set(events.map(({ lease }) => lease))];
      const { held, changed, xid } = await store.acknowledge(owner, asked, events);
      if (held === asked.length) {
        if (context.settings.safeFloor) recordFloorCandidate(events, xid);
        observer.published(changed, this.#ages(events));
        if (changed < events.length) observer.acknowledgedTwice(events.length - changed);
        await this.#clearFailures(events);
        return events.length;
      }
      await renew();
      const kept = events.filter(({ lease }) => leases.isHeld(lease));
      if (kept.length < events.length) observer.fenced(events.length - kept.length);
      events = kept;
      if (events.length === 0) return 0;
    }
    throw new UnsteadyLeaseError('an acknowledgement was refused repeatedly under leases that are held');
  }

  /** Parks the key of a refused event, with that event and the later ones of its key in the page. */
  async park(event: HeldEvent, page: readonly HeldEvent[], failure: PublishError): Promise<void> {
    const { context, leases, store, renew } = this.parts;
    const { log, observer, owner, settings } = context;
    const name = keyOf(event);
    const from = page.findIndex(({ id }) => id === event.id);
    const ids = page.slice(from).flatMap((other) => (keyOf(other) === name ? [other.id] : []));
    const attempts = (event.attempts ?? 0) + 1;
    const { held, dead } = await store.parkKey(owner, event.lease, {
      key: event.key,
      reason: errorText(failure.cause),
      waitMs: keyRetryMs(settings, attempts),
      maxAttempts: settings.keyMaxAttempts,
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
      dead ? 'event refused by the broker, key parked' : 'event refused by the broker, key will be retried',
    );
  }

  async #clearFailures(events: readonly HeldEvent[]): Promise<void> {
    const failed = events.filter(({ attempts }) => attempts !== null);
    for (const [first] of groupBy(failed, keyOf)) {
      if (first !== undefined) await this.parts.store.clearFailures(first.shard, first.key);
    }
  }

  #ages(events: readonly HeldEvent[]): number[] {
    const nowMs = this.parts.context.clock.wallMs();
    const step = Math.max(1, Math.ceil(events.length / AGES_PER_BATCH));
    const ages: number[] = [];
    for (let at = 0; at < events.length; at += step) {
      const event = events[at];
      if (event !== undefined) ages.push(Math.max(0, nowMs - timeOf(event.eventId)) / 1_000);
    }
    return ages;
  }
}

/** The milliseconds that a UUIDv7 begins with. */
function timeOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
