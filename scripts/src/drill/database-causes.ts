import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../cli/errors.js';
import type { Service } from '../installation/layout.js';
import type { Cause } from './cause.js';
import type { Drilled } from './drilled.js';

/** A piece that nobody has put there, of a product that nobody orders: what changes all the time is not compared. */
export function bookDifference(drilled: Drilled): Cause {
  let product = '';
  const add = async (pieces: number): Promise<boolean> => {
    const change = 'UPDATE stock SET on_hand = on_hand + $2 WHERE product_id = $1 RETURNING 1';
    return (await drilled.sql('inventory', change, [product, pieces])).length > 0;
  };
  return {
    name: 'books',
    what: 'a piece added to a stock by SQL; taken away again',
    fires: ['OutriderBooksDiffer'],
    async begin() {
      product = await drilled.product();
      // inventory learns of a new product by an event
      while (!(await add(1)) && !drilled.signal.aborted) await sleep(100);
    },
    async end() {
      await add(-1);
    },
  };
}

interface Day {
  readonly name: string;
  /** `FOR VALUES FROM … TO …` */
  readonly bound: string;
}

/** Takes a day's partition out of the outbox's log, with all that it holds. */
async function detachDay(drilled: Drilled, service: Service, daysAhead: number): Promise<Day> {
  const [day] = await drilled.sql<Day>(
    service,
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class c
     WHERE c.relname = 'outbox_event_' || to_char((now() AT TIME ZONE 'UTC')::date + $1::int, 'YYYYMMDD')`,
    [daysAhead],
  );
  if (day === undefined) throw new CommandError(`${service} has no partition for a day that is taken away.`);
  await drilled.sql(service, `ALTER TABLE outbox_event DETACH PARTITION ${day.name}`);
  return day;
}

/** Puts it back, and into it what lies in the default partition meanwhile. */
async function attachDay(drilled: Drilled, service: Service, { name, bound }: Day): Promise<void> {
  await drilled.sql(
    service,
    `DO $do$ BEGIN
       LOCK TABLE outbox_event_default IN ACCESS EXCLUSIVE MODE;
       CREATE TEMP TABLE stray ON COMMIT DROP AS SELECT * FROM outbox_event_default;
       DELETE FROM outbox_event_default;
       ALTER TABLE outbox_event ATTACH PARTITION ${name} ${bound};
       INSERT INTO outbox_event OVERRIDING SYSTEM VALUE SELECT * FROM stray;
     END $do$`,
  );
}

/** A day ahead is not there. */
export function dayAheadMissing(drilled: Drilled): Cause {
  let day: Day | undefined;
  return {
    name: 'days',
    what: 'the partition of the day after tomorrow detached from inventory’s log; attached again',
    fires: ['OutriderDaysRunOut'],
    async begin() {
      day = await detachDay(drilled, 'inventory', 2);
    },
    async end() {
      if (day !== undefined) await attachDay(drilled, 'inventory', day);
    },
  };
}

/** Today is not there when an event is written. */
export function todayMissing(drilled: Drilled): Cause {
  let day: Day | undefined;
  return {
    name: 'today',
    what: 'today’s partition detached from product’s log, and a product registered; the event moved by hand',
    fires: ['OutriderDefaultPartition'],
    async begin() {
      day = await detachDay(drilled, 'product', 0);
      await drilled.product();
    },
    async end() {
      if (day !== undefined) await attachDay(drilled, 'product', day);
    },
  };
}
