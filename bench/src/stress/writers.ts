import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@outrider/common';
import { newId } from '@outrider/contracts';
import { appendEvents, OutboxNotifier, type OutboxEvent } from '@outrider/outbox';
import pg from 'pg';
import { Seeded } from './seeded.js';

const WRITERS = 12;
const KEYS = 400;
const MOST_KEYS_OF_A_TRANSACTION = 3;
const ROLLED_BACK = 0.1;
const SLOW = 0.03;
const SLOWEST_MS = 1_500;
const LONGEST_PAUSE_MS = 10;

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface WritersTold {
  /** ids of events whose COMMIT was answered */
  readonly committed: Set<string>;
  transactions: number;
  rolledBack: number;
  slow: number;
}

/** The aggregates: each counts its events under its row lock, so the count is the order of commits. */
export async function makeAggregates(client: pg.Client): Promise<void> {
  await client.query('CREATE TABLE stress_aggregate (key text PRIMARY KEY, n bigint NOT NULL DEFAULT 0)');
  await client.query(`INSERT INTO stress_aggregate SELECT 'key-' || g FROM generate_series(0,$1::int) g`, [KEYS - 1]);
}

/** Transactions of one to three keys, some slow before their commit and some rolled back, until it is told to stop. */
export async function write(databaseUrl: string, topic: string, seed: number, stop: AbortSignal): Promise<WritersTold> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const notifier = new OutboxNotifier(pool, silent);
  const told: WritersTold = { committed: new Set(), transactions: 0, rolledBack: 0, slow: 0 };
  try {
    await Promise.all(
      Array.from({ length: WRITERS }, (_, index) =>
        writer({ databaseUrl, topic, draw: new Seeded(seed * 1_000 + index), told, notifier, stop }),
      ),
    );
  } finally {
    await notifier.close();
    await pool.end();
  }
  return told;
}

interface WriterParts {
  readonly databaseUrl: string;
  readonly topic: string;
  readonly draw: Seeded;
  readonly told: WritersTold;
  readonly notifier: OutboxNotifier;
  readonly stop: AbortSignal;
}

async function writer({ databaseUrl, topic, draw, told, notifier, stop }: WriterParts): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'stress-writer' });
  await client.connect();
  try {
    while (!stop.aborted) {
      const isSlow = draw.chance(SLOW);
      const events: OutboxEvent[] = [];
      await client.query('BEGIN');
      for (const key of keysOf(draw)) {
        const { rows } = await client.query<{ n: string }>(
          'UPDATE stress_aggregate SET n=n+1 WHERE key=$1 RETURNING n',
          [key],
        );
        events.push(eventOf(topic, key, Number(rows[0]?.n)));
      }
      // The ids are drawn now and seen by others only after the commit.
      await appendEvents(client, events);
      if (isSlow) await sleep(draw.between(0, SLOWEST_MS));
      told.transactions += 1;
      if (isSlow) told.slow += 1;
      if (draw.chance(ROLLED_BACK)) {
        await client.query('ROLLBACK');
        told.rolledBack += 1;
      } else {
        await client.query('COMMIT');
        for (const { eventId } of events) told.committed.add(eventId);
        notifier.committed(events);
      }
      await sleep(draw.between(0, LONGEST_PAUSE_MS));
    }
  } finally {
    await client.end();
  }
}

/** In one order everywhere, so that writers cannot wait for each other in a circle. */
function keysOf(draw: Seeded): string[] {
  const keys = new Set<string>();
  for (let wanted = 1 + draw.below(MOST_KEYS_OF_A_TRANSACTION); wanted > 0; wanted -= 1)
    keys.add(`key-${draw.below(KEYS)}`);
  return [...keys].sort();
}

function eventOf(topic: string, key: string, n: number): OutboxEvent {
  const eventId = newId();
  return { eventId, key, topic, type: 'COUNTED', payload: JSON.stringify({ n }), headers: { ce_id: eventId } };
}
