import { nextMaintenanceMs } from '@outrider/common';
import { EVENT_ID_DAYS } from '@outrider/contracts';
import { maintainDays as maintainInbox } from '@outrider/inbox';
import { maintainDays as maintainOutbox } from '@outrider/outbox';
import { repeat, type Background } from '../background/index.js';
import type { SqlClient } from '../database/index.js';
import { deleteOldAnswers } from '../idempotency/index.js';
import type { Logger } from '../logging/index.js';

const LOOK_EVERY_MS = 60_000;

/** Regular work in every service's database. Each replica does it; the database lets one at a time. */
export function maintenance(pool: SqlClient, log: Logger): Background {
  let daysDue = 0;
  return repeat('maintenance', LOOK_EVERY_MS, log, async () => {
    if (Date.now() >= daysDue) {
      const inbox = await maintainInbox(pool, { keep: `${EVENT_ID_DAYS} days` });
      // the worker drops the log's days: RETENTION_DAYS is its setting
      const outbox = await maintainOutbox(pool, { keep: null });
      const next = Math.min(nextMaintenanceMs(inbox), nextMaintenanceMs(outbox));
      daysDue = Date.now() + next;
      if (inbox.made.length + outbox.made.length + inbox.dropped.length + outbox.dropped.length > 0) {
        log.info({ inbox, outbox }, 'created or dropped days of inbox and outbox');
      }
    }
    return (await deleteOldAnswers(pool)) === 5_000;
  });
}
