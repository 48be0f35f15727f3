import type { outboxShardsSchema } from '@outrider/contracts';
import type { z } from 'zod';

type Shard = z.infer<typeof outboxShardsSchema>['data'][number];

/** What a relay holds of an outbox, or what nobody does. */
export interface Holding {
  /** the relay, or `nobody` */
  readonly holder: string;
  readonly shards: readonly number[];
  /** events that wait in them */
  readonly pending: number;
  /** the time of the oldest of these */
  readonly oldestPending: string | undefined;
  /** when the first of the leases ends */
  readonly leaseUntil: string | undefined;
}

/** The shards by who holds them, in the order in which they are met. */
export function holdings(shards: readonly Shard[]): Holding[] {
  const byHolder = Map.groupBy(shards, ({ held, owner }) => (held ? (owner ?? '-') : 'nobody'));
  return [...byHolder].map(([holder, own]) => ({
    holder,
    shards: own.map(({ shard }) => shard),
    pending: own.reduce((sum, { pending }) => sum + pending, 0),
    oldestPending: earliest(own.map(({ oldestPending }) => oldestPending)),
    leaseUntil: earliest(own.map(({ leaseUntil }) => leaseUntil)),
  }));
}

function earliest(times: readonly (string | null)[]): string | undefined {
  return times.filter((time) => time !== null).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** Numbers in rising order as ranges: `0–3, 7`. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}
