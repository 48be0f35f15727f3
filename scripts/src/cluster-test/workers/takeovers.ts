import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRun } from '../test-run.js';
import { withOrderDatabase } from './backlog.js';

const LOOK_EVERY_MS = 20;
const AGAIN_AFTER_MS = 500;
const OWNED = 'SELECT shard, owner FROM outbox_lease WHERE owner IS NOT NULL AND lease_until > clock_timestamp()';

/** How long shards of an outbox were nobody's, from worker to worker. */
export interface Takeovers {
  readonly count: number;
  readonly longestMs: number;
  readonly medianMs: number;
}

interface Held {
  owner: string;
  /** the last time it was seen with its owner, ms */
  at: number;
}

/**
 * Looks at the leases of order's outbox every 20 ms until it is told to stop. A time is counted from the last look that saw
 * the old worker to the first one that sees the new worker: it is too long by up to two looks. Ends with the signal alone.
 */
export async function watchTakeovers(test: TestRun, stop: AbortSignal): Promise<Takeovers> {
  const held = new Map<number, Held>();
  const times: number[] = [];
  while (!stop.aborted) {
    try {
      await withOrderDatabase(test, async (client) => {
        for (; !stop.aborted; await sleep(LOOK_EVERY_MS)) {
          const { rows } = await client.query<{ shard: number; owner: string }>(OWNED);
          const now = performance.now();
          for (const { shard, owner } of rows) {
            const before = held.get(shard);
            if (before !== undefined && before.owner !== owner) times.push(now - before.at);
            held.set(shard, { owner, at: now });
          }
        }
      });
    } catch {
      // a forwarded connection ends at times: what changed hands meanwhile is not known
      held.clear();
      await sleep(AGAIN_AFTER_MS);
    }
  }
  times.sort((one, other) => one - other);
  return {
    count: times.length,
    longestMs: Math.round(times.at(-1) ?? 0),
    medianMs: Math.round(times[Math.floor(times.length / 2)] ?? 0),
  };
}
