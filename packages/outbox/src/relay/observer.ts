import type { Fault } from '../event-publisher.js';

/** Told what happens, for metrics and alerts. Must neither block nor throw. */
export interface RelayObserver {
  /**
   * Events acknowledged by the broker and forgotten by the outbox.
   * @param ages a sample of them: seconds from the event's own time to now
   */
  published(events: number, ages: readonly number[]): void;
  /** One request to the broker, well or ill. */
  sent(seconds: number): void;
  sendFailed(fault: Fault, reason: string): void;
  /** Alert when it lasts: shards that this relay holds. */
  holds(shards: number): void;
  /** Shards of a relay that had let them run out. */
  tookOver(shards: number): void;
  /** Events that were sent under a lease that was lost: another relay sends them again. */
  fenced(events: number): void;
  /** Pointers that were gone when their events were acknowledged: the answer of an earlier acknowledgement was lost. */
  acknowledgedTwice(events: number): void;
  /** A key was set aside; `dead` it waits for a person. */
  parked(dead: boolean): void;
  /** Alert: pointers to events that the log does not have. */
  orphaned(pointers: number): void;
  /** Alert: with safeFloor, events that a sweep found below the floor of their shard; they are sent with that page. */
  belowFloor?(events: number): void;
  /** A send did not end within a lease: all shards were given up. */
  hung(): void;
}
