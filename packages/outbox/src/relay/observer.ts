import type { Refusal } from '@outrider/common';
import type { Fault, OutgoingEvent, PublishError } from '../event-publisher.js';

/** Called for what happens, for metrics and alerts. Must neither block nor throw. */
export interface RelayObserver {
  /**
   * Events acknowledged by the broker and recorded as such.
   * @param ages of a sample of them: seconds from the time in the event's id to now
   */
  published(events: number, ages: readonly number[]): void;
  /** One request to the broker begins. What it returns is called when that ended, with the reason if it failed. */
  sending?: ((events: readonly OutgoingEvent[]) => (failure?: PublishError) => void) | undefined;
  /** One request to the broker ended, with success or without. */
  sent(seconds: number): void;
  sendFailed(fault: Fault, reason: string): void;
  /** How many shards this relay holds. */
  shardsHeld(shards: number): void;
  /** Shards claimed from a relay that had let their leases expire. */
  shardsTakenOver(shards: number): void;
  /** Events sent under a lease that was lost: another relay sends them again. */
  fenced(events: number): void;
  /** Pointers that had been deleted before: the answer of an earlier acknowledgement was lost. */
  acknowledgedTwice(events: number): void;
  /** A key was parked, to be retried or, if `dead`, as a dead letter. */
  parked(dead: boolean): void;
  /** Alert: pointers without an event in the log. */
  orphaned(pointers: number): void;
  /** Alert: with safeFloor, events found below the floor of their shard; they are sent with that page. */
  belowFloor(events: number): void;
  /** A connection was refused, or a statement for want of rights: an operator must act. */
  refused(why: Refusal): void;
  /** A send did not end within a lease: all shards were released. */
  sendHung(): void;
}
