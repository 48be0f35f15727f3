import { idAt, type BookDifference } from '@outrider/contracts';
import { z } from 'zod';
import { checkLedger } from './check/check-ledger.js';
import { checkSpan } from './check/check-span.js';
import { closeDatabases, openDatabases } from './check/databases.js';
import { readCheckConfig } from './config.js';
import { FIRST_ID, LAST_ID } from './domain/ids.js';

const argumentsSchema = z.tuple([z.iso.datetime().or(z.literal('-')), z.iso.datetime().or(z.literal('-'))]);

/**
 * One whole check: a line of JSON on standard output for each difference, as it is found, and a last one with the state
 * of the check of the provider's ledger, `{"ledger": …}`, null where it was never checked.
 * @param span from when and until when the orders were placed, ISO 8601 UTC; `-` for no bound
 * @returns how many there are
 * @throws ConfigError; what the databases throw
 */
export async function checkOnce(env: NodeJS.ProcessEnv, span: readonly string[]): Promise<number> {
  const config = readCheckConfig(env);
  const [from, to] = argumentsSchema.parse([span[0] ?? '-', span[1] ?? '-']);
  const databases = openDatabases(config.databases, config.CONNECTION_MAX_AGE_MS);
  let count = 0;
  try {
    const tolerance = { graceMs: config.RECONCILE_GRACE_MS, openMs: config.RECONCILE_OPEN_MS };
    const ids = {
      after: from === '-' ? FIRST_ID : idAt(Date.parse(from)),
      before: to === '-' ? LAST_ID : idAt(Date.parse(to)),
    };
    const report = (differences: readonly BookDifference[]): void => {
      count += differences.length;
      for (const difference of differences) process.stdout.write(`${JSON.stringify(difference)}\n`);
    };
    await checkSpan(databases, tolerance, ids, report);
    const ledger = await checkLedger(databases, config.RECONCILE_LEDGER_MS, Date.now(), ids);
    report(ledger.differences);
    process.stdout.write(`${JSON.stringify({ ledger: ledger.state ?? null })}\n`);
    return count;
  } finally {
    await closeDatabases(databases);
  }
}
