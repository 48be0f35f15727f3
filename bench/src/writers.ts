import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@outrider/common';
import { appendEvents, OutboxNotifier } from '@outrider/outbox';
import pg from 'pg';
import { eventOf, keysOf } from './events.js';

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface WritersOptions {
  readonly databaseUrl: string;
  readonly topic: string;
  readonly writers: number;
  readonly seconds: number;
  /** transactions a second over all writers; undefined: as many as they can */
  readonly rate?: number;
  /** relays are notified after commits, as services do it */
  readonly notify: boolean;
}

export interface Written {
  /** when its commit was known to the writer, in nanoseconds of the monotonic clock, by event id */
  readonly committedAt: ReadonlyMap<string, bigint>;
  readonly perSecond: number;
  /** of each transaction, BEGIN to COMMIT */
  readonly transactionMs: readonly number[];
}

/** Writers of short transactions with one event each. */
export async function write(options: WritersOptions): Promise<Written> {
  const { databaseUrl, topic, writers, seconds, rate, notify } = options;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, application_name: 'bench-notifier' });
  const notifier = new OutboxNotifier(pool, silent);
  const committedAt = new Map<string, bigint>();
  const transactionMs: number[] = [];
  const keys = keysOf('spread');
  const clients = await Promise.all(
    Array.from({ length: writers }, async () => {
      const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench-writer' });
      await client.connect();
      return client;
    }),
  );
  const since = performance.now();
  const end = since + seconds * 1_000;
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      for (;;) {
        const n = next;
        next += 1;
        const dueMs = rate === undefined ? performance.now() : since + (n * 1_000) / rate;
        if (dueMs >= end) return;
        const waitMs = dueMs - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        const event = eventOf(topic, keys[(n * 7919) % keys.length] ?? '', n);
        const begun = performance.now();
        await client.query('BEGIN');
        await appendEvents(client, [event]);
        await client.query('COMMIT');
        committedAt.set(event.eventId, process.hrtime.bigint());
        transactionMs.push(performance.now() - begun);
        if (notify) notifier.committed([event]);
      }
    }),
  );
  const tookSeconds = (performance.now() - since) / 1_000;
  await notifier.close();
  await pool.end();
  await Promise.all(clients.map((client) => client.end()));
  return { committedAt, transactionMs, perSecond: committedAt.size / tookSeconds };
}
