import { nextMaintenanceMs, type SqlClient } from '@outrider/common';
import { maintainDays } from '@outrider/outbox';
import { repeat, type Background } from '@outrider/service-kit/background';
import type { Logger } from '@outrider/service-kit/logging';

const CHECK_EVERY_MS = 60_000;

/** Creates a log's coming days and drops expired ones: at start, hourly, and again after a minute when it was busy. */
export function retention(name: string, pool: SqlClient, keepDays: number, log: Logger): Background {
  let dueMs = 0;
  return repeat(`retention ${name}`, CHECK_EVERY_MS, log, async () => {
    if (Date.now() < dueMs) return;
    const result = await maintainDays(pool, { keep: `${keepDays} days` });
    dueMs = Date.now() + nextMaintenanceMs(result);
    const { held, inDefault, made, dropped } = result;
    if (held.length > 0 || inDefault.length > 0)
      log.warn({ held, inDefault }, 'expired or default days of the outbox were not dropped or moved');
    if (made.length > 0 || dropped.length > 0) log.info({ made, dropped }, 'days of the outbox created or dropped');
  });
}
