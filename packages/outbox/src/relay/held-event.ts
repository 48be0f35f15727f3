import type { OutgoingEvent } from '../event-publisher.js';
import type { PendingEvent } from '../outbox-store.js';
import type { Lease } from './leases.js';

/** What a record adds to its parts, in bytes: rather too much than too little. */
const FRAME_BYTES = 100;
/** At most, in UTF-8, per UTF-16 unit of a string. */
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
  /** Of the record in a request: rather too many than too few. */
  readonly bytes: number;
  partition: number | undefined;
  /** The topic alone while the partition is not known. */
  topicPartition: string;

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
    this.partition = undefined;
    this.topicPartition = event.topic;
  }

  assign(partition: number | undefined): void {
    this.partition = partition;
    this.topicPartition = partition === undefined ? this.topic : `${this.topic}/${partition}`;
  }
}

/** Names a key, unique over shards. */
export function keyOf({ shard, key }: { readonly shard: number; readonly key: string }): string {
  return `${shard} ${key}`;
}
