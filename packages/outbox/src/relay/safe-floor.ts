import type { PendingEvent } from '../outbox-store.js';
import type { Lease } from './leases.js';

/*
 * While something holds back the database's oldest snapshot (a dump, a report, a forgotten session), deleted pointers
 * stay in the index, and every page walks over them. So each shard has a floor from which pages are read. The last
 * acknowledged id would be wrong: a slow writer commits a lower id later. But a transaction that has drawn an id below an
 * acknowledged one had its xid before it drew that id (the append ensures it), so before the acknowledgement's own xid.
 * Once a page's snapshot has nothing as old in progress, all such transactions have ended, and what they wrote is in that
 * page: nothing will come below its first id, or below the acknowledged one.
 */

/** An acknowledged event of a shard: what its floor may be raised to. */
export interface FloorCandidate {
  readonly id: bigint;
  /** the acknowledgement's transaction */
  readonly xid: bigint;
}

/** Pointers came back below the floor: adopts the new rewind with floor 0, never an older rewind after a newer. */
export function adoptRewind(lease: Lease, rewind: string): void {
  if (lease.rewind === rewind || BigInt(rewind) < BigInt(lease.rewind)) return;
  lease.rewind = rewind;
  lease.floor = '0';
  lease.candidate = undefined;
}

/** Records the highest acknowledged id of each lease as its floor candidate, unless it has one. */
export function recordFloorCandidate(events: readonly (PendingEvent & { readonly lease: Lease })[], xid: string): void {
  const highest = new Map<Lease, string>();
  for (const { lease, id } of events) if (lease.candidate === undefined) highest.set(lease, id);
  for (const [lease, id] of highest) lease.candidate = { id: BigInt(id), xid: BigInt(xid) };
}

/** A lease as it was when a page was requested. */
export interface RequestedLease {
  readonly lease: Lease;
  readonly rewind: string;
}

/**
 * Raises floors as far as a page proves it.
 *
 * @param pages what one snapshot contains: a page and what was in hand when it was read, each in the order of ids
 * @param uncut no event was left out for its size: a shard of which none is there has none
 */
export function raiseFloors(
  requested: readonly RequestedLease[],
  pages: readonly (readonly PendingEvent[])[],
  xmin: string,
  uncut: boolean,
): void {
  const oldest = BigInt(xmin);
  const first = lowestOfShards(pages);
  for (const { lease, rewind } of requested) {
    const { candidate } = lease;
    const seen = first.get(lease.shard);
    if (candidate === undefined || oldest <= candidate.xid || lease.rewind !== rewind) continue;
    if (seen === undefined ? !uncut : seen.rewind !== rewind) continue;
    const floor = seen === undefined || BigInt(seen.id) > candidate.id ? candidate.id : BigInt(seen.id);
    if (floor > BigInt(lease.floor)) lease.floor = String(floor);
    lease.candidate = undefined;
  }
}

function lowestOfShards(pages: readonly (readonly PendingEvent[])[]): ReadonlyMap<number, PendingEvent> {
  const lowest = new Map<number, PendingEvent>();
  for (const page of pages) {
    const done = new Set<number>();
    for (const event of page) {
      if (done.has(event.shard)) continue;
      done.add(event.shard);
      const other = lowest.get(event.shard);
      if (other === undefined || BigInt(event.id) < BigInt(other.id)) lowest.set(event.shard, event);
    }
  }
  return lowest;
}

/** Drops the floors above events that must not be below them. @returns how many events those are */
export function dropFloorsAbove(page: readonly (PendingEvent & { readonly lease: Lease })[]): number {
  const below = page.filter(({ id, lease, rewind }) => lease.rewind === rewind && BigInt(id) < BigInt(lease.floor));
  for (const { lease } of below) {
    lease.floor = '0';
    lease.candidate = undefined;
  }
  return below.length;
}
