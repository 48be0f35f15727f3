import { nextMaintenanceMs } from '@outrider/common';
import { EVENT_ID_DAYS } from '@outrider/contracts';
import { maintainDays as maintainInbox } from '@outrider/inbox';
import { maintainDays as maintainOutbox } from '@outrider/outbox';
import { repeat, type Background } from '../background/index.js';
import type { SqlClient } from '../database/index.js';
import { forgetOldAnswers } from '../idempotency/index.js';
import type { Logger } from '../logging/index.js';

const LOOK_EVERY_MS = 60_000;

/** What every service's database wants done from time to time; each replica may, the database lets one at a time. */
export function maintenance(pool: SqlClient, log: Logger): Background {
  let daysDue = 0;
  return repeat('maintenance', LOOK_EVERY_MS, log, async () => {
    if (Date.now() >= daysDue) {
      const inbox = await maintainInbox(pool, { keep: `${EVENT_ID_DAYS} days` });
      // the worker drops the log's days: it is told how long they are kept
      const outbox = await maintainOutbox(pool, { keep: null });
      const next = Math.min(nextMaintenanceMs(inbox), nextMaintenanceMs(outbox));
      daysDue = Date.now() + next;
      if (inbox.made.length + outbox.made.length + inbox.dropped.length + outbox.dropped.length > 0) {
        log.info({ inbox, outbox }, 'days of inbox and outbox made or dropped');
      }
    }
    return (await forgetOldAnswers(pool)) === 5_000;
  });
}
