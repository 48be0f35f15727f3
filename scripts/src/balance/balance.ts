import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../installation/describe.js';
import { readPlaced, readSettings, readStockPercents } from '../installation/run-notes.js';
import type { Books, Expectations } from './books.js';
import { holds, type Check } from './check.js';
import { checksOf } from './checks.js';
import { readApi, readLedger, readWebhooks } from './read-api.js';
import { readSql } from './read-sql.js';

/** The books of an installation, and whether they balance. */
export interface Balance {
  readonly balanced: boolean;
  readonly checks: readonly Check[];
  readonly books: Books;
}

/** Stock facts are still on their way to product when the last order has ended; what is wrong after this is wrong, ms. */
const AGREES_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 500;

/** Reads the books and balances them; looks again for a short while when something does not fit yet. */
export async function balance(running: Running, signal: AbortSignal): Promise<Balance> {
  const deadline = performance.now() + AGREES_WITHIN_MS;
  const expectations = await expectationsOf(running);
  for (;;) {
    const books = await readBooks(running, signal);
    const checks = checksOf(books, expectations);
    const balanced = checks.every(holds);
    if (balanced || performance.now() > deadline) return { balanced, checks, books };
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function readBooks({ up }: Running, signal: AbortSignal): Promise<Books> {
  const [api, sql, ledger, webhooks] = await Promise.all([
    readApi(up, signal),
    readSql(up),
    readLedger(up, signal),
    readWebhooks(up, signal),
  ]);
  return { api, sql, ledger, webhooks };
}

async function expectationsOf({ run }: Running): Promise<Expectations> {
  const { behaviour, outcomes, allows } = await readSettings(run);
  return {
    placed: await readPlaced(run),
    stockGood: (await readStockPercents(run)).every((percent) => percent >= 100),
    // time-outs and webhooks, true or false, must change no outcome; nor do customers who approve
    providerGood: (behaviour['declines'] ?? 0) === 0,
    outcomes,
    failures: allows.failures,
  };
}
