import type { PendingEvent } from '../outbox-store.js';
import type { Lease } from './leases.js';

/*
 * While something pins the database's oldest snapshot (a dump, a report, a forgotten session), pointers that were
 * deleted stay in the index, and every page walks over them. So each shard has a floor that pages are read from. The
 * last acknowledged id would be wrong: a slow writer commits a lower id later. Right is: who has drawn an id below an
 * acknowledged one had its transaction's xid before it drew it (the append sees to that), so before the
 * acknowledgement's own xid. Once a page's snapshot has nothing so old in progress, all of those have ended, and what
 * they wrote is in that page: nothing will come below its first id, or below the acknowledged one.
 */

/** An acknowledged event of a shard. */
export interface Candidate {
  readonly id: bigint;
  /** of the acknowledgement's transaction */
  readonly xid: bigint;
}

/** Pointers came back below the floor: it is adopted together with floor 0, and never an older rewind after a newer. */
export function adoptRewind(lease: Lease, rewind: string): void {
  if (lease.rewind === rewind || BigInt(rewind) < BigInt(lease.rewind)) return;
  lease.rewind = rewind;
  lease.floor = '0';
  lease.candidate = undefined;
}

/** Remembers what an acknowledgement tells, unless something is remembered already. */
export function nominate(events: readonly (PendingEvent & { readonly lease: Lease })[], xid: string): void {
  const highest = new Map<Lease, string>();
  for (const { lease, id } of events) if (lease.candidate === undefined) highest.set(lease, id);
  for (const [lease, id] of highest) lease.candidate = { id: BigInt(id), xid: BigInt(xid) };
}

/** A lease as it was when a page was asked for. */
export interface Asked {
  readonly lease: Lease;
  readonly rewind: string;
}

/**
 * Raises floors by what a page shows.
 *
 * @param pages what was seen by one snapshot: a page and what was in hand when it was read, each in the order of ids
 * @param whole no event was left out for its size: a shard that shows none has none
 */
export function raiseFloors(
  asked: readonly Asked[],
  pages: readonly (readonly PendingEvent[])[],
  xmin: string,
  whole: boolean,
): void {
  const oldest = BigInt(xmin);
  const first = lowestOfShards(pages);
  for (const { lease, rewind } of asked) {
    const { candidate } = lease;
    const seen = first.get(lease.shard);
    if (candidate === undefined || oldest <= candidate.xid || lease.rewind !== rewind) continue;
    if (seen === undefined ? !whole : seen.rewind !== rewind) continue;
    const floor = seen === undefined || BigInt(seen.id) > candidate.id ? candidate.id : BigInt(seen.id);
    if (floor > BigInt(lease.floor)) lease.floor = String(floor);
    lease.candidate = undefined;
  }
}

function lowestOfShards(pages: readonly (readonly PendingEvent[])[]): ReadonlyMap<number, PendingEvent> {
  const lowest = new Map<number, PendingEvent>();
  for (const page of pages) {
    const looked = new Set<number>();
    for (const event of page) {
      if (looked.has(event.shard)) continue;
      looked.add(event.shard);
      const other = lowest.get(event.shard);
      if (other === undefined || BigInt(event.id) < BigInt(other.id)) lowest.set(event.shard, event);
    }
  }
  return lowest;
}

/** Takes the floors away that events lie below, which must not be. @returns how many events those are */
export function dropFloorsAbove(page: readonly (PendingEvent & { readonly lease: Lease })[]): number {
  const below = page.filter(({ id, lease, rewind }) => lease.rewind === rewind && BigInt(id) < BigInt(lease.floor));
  for (const { lease } of below) {
    lease.floor = '0';
    lease.candidate = undefined;
  }
  return below.length;
}
