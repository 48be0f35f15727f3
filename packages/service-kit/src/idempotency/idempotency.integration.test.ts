import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { sqlOn } from '../database/index.js';
import { deleteOldAnswers, idempotencyMigrations, idempotent, type StoredAnswer } from './index.js';

let pool: pg.Pool;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await freshDatabase('idempotency');
  drop = () => database.drop();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  for (const { sql } of idempotencyMigrations) await pool.query(sql);
});
afterAll(async () => {
  await pool.end();
  await drop();
});

interface Asked {
  readonly key: string;
  readonly principal?: string;
  readonly route?: string;
  readonly body?: unknown;
}

/** A request in a transaction of its own, whose effect is a new id. @returns what it was answered with */
async function ask(
  { key, principal = 'person:one', route = 'buy', body = {} }: Asked,
  work: (answer: StoredAnswer) => Promise<StoredAnswer> = async (answer) => answer,
): Promise<StoredAnswer> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const sql = sqlOn(client);
    const answer = await idempotent({ sql, unread: sql }, { principal, route, key, body }, () =>
      work({ status: 201, body: { id: newId() } }),
    );
    await client.query('COMMIT');
    return answer;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

const bodyOf = async (asked: Asked): Promise<unknown> => (await ask(asked)).body;

test('F20 a key is of one caller and of one operation: with another it is another key', async () => {
  const key = newId();
  const others = [{ key }, { key, principal: 'service:one' }, { key, route: 'refund' }, { key: newId() }];
  const first = await Promise.all(others.map(bodyOf));
  expect(new Set(first.map((body) => JSON.stringify(body))).size).toBe(others.length);
  expect(await Promise.all(others.map(bodyOf))).toEqual(first);
});

test('F20 while a request is handled, its key is taken for its caller and its operation, and for no other', async () => {
  const key = newId();
  const [began, goes] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = ask({ key }, async (answer) => {
    began.resolve();
    await goes.promise;
    return answer;
  });
  await began.promise;
  await expect(ask({ key })).rejects.toMatchObject({ kind: 'idempotency-key-in-flight' });
  await expect(ask({ key, body: { other: true } })).rejects.toMatchObject({ kind: 'idempotency-key-in-flight' });
  for (const other of [{ principal: 'service:one' }, { route: 'refund' }]) {
    expect(await ask({ key, ...other })).toMatchObject({ status: 201 });
  }
  goes.resolve();
  const { body } = await first;
  expect(await ask({ key })).toEqual({ status: 201, body, headers: { 'idempotent-replayed': 'true' } });
});

test('F20 a key whose request failed is free, also for another body; one that is a day old as well', async () => {
  const key = newId();
  await expect(ask({ key }, () => Promise.reject(new Error('it fails')))).rejects.toThrow('it fails');
  const first = await ask({ key, body: { other: true } });
  await expect(ask({ key })).rejects.toMatchObject({ kind: 'idempotency-key-reused' });
  await pool.query(`UPDATE idempotency_record SET created_at = created_at - interval '25 hours' WHERE key = $1`, [key]);
  expect(await deleteOldAnswers(pool)).toBe(1);
  expect((await ask({ key })).body).not.toEqual(first.body);
});
