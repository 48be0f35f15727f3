import type { OutgoingEvent } from '../event-publisher.js';
import type { PendingEvent } from '../outbox-store.js';
import type { Lease } from './leases.js';

/** What a message adds to its parts, in bytes, roughly and rather too much. */
const FRAME_BYTES = 100;
/** UTF-8 of a JavaScript string, at the most, per unit of its length. */
const BYTES_PER_UNIT = 3;

/**
 * An event with the lease it was read under. One object from the page to the broker's acknowledgement: thousands of them
 * a second are what the garbage collector has to do in a drain.
 */
export class HeldEvent implements PendingEvent, OutgoingEvent {
  readonly shard: number;
  readonly id: string;
  readonly eventId: string;
  readonly rewind: string;
  readonly topic: string;
  readonly payload: string;
  readonly headers: string;
  readonly parked: boolean;
  readonly attempts: number | null;
  /** Rather too many than too few. */
  readonly bytes: number;
  /** Where it goes: what the publisher names, or its topic while the publisher does not know. */
  place: string;

  constructor(
    event: PendingEvent,
    readonly key: string,
    readonly lease: Lease,
  ) {
    this.shard = event.shard;
    this.id = event.id;
    this.eventId = event.eventId;
    this.rewind = event.rewind;
    this.topic = event.topic;
    this.payload = event.payload;
    this.headers = event.headers;
    this.parked = event.parked;
    this.attempts = event.attempts;
    this.bytes =
      Buffer.byteLength(event.payload) + Buffer.byteLength(event.headers) + key.length * BYTES_PER_UNIT + FRAME_BYTES;
    this.place = event.topic;
  }
}
