import { poolTransaction } from '@outrider/common';
import type pg from 'pg';
import type { OutboxDatabase } from '../ports.js';
import { endsSession } from './session-faults.js';

/** OutboxDatabase on a pool of `pg`. */
export function outboxDatabase(pool: pg.Pool): OutboxDatabase {
  return {
    query: (text, values) => pool.query(text, values === undefined ? [] : [...values]),
    transaction: (work) => poolTransaction(() => pool.connect(), endsSession, work),
  };
}
