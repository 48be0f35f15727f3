import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { ServiceClient, WITH_NEXT } from './service-client.js';

interface Socket {
  _write(chunk: unknown, ...more: readonly unknown[]): void;
  _writev(chunks: unknown, ...more: readonly unknown[]): void;
}

let client: pg.Client;
let other: pg.Client;
let close: () => Promise<void>;
/** how often something was given to the socket */
let writes: number;

beforeEach(async () => {
  const database = await freshDatabase('client');
  client = new ServiceClient({ connectionString: database.url });
  other = new ServiceClient({ connectionString: database.url });
  await Promise.all([client.connect(), other.connect()]);
  await client.query('CREATE TABLE note (id int PRIMARY KEY, text text)');
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  for (const name of ['_write', '_writev'] as const) {
    const original = stream[name].bind(stream);
    stream[name] = (...args: [unknown, ...unknown[]]) => {
      writes += 1;
      original(...args);
    };
  }
  writes = 0;
  close = async () => {
    await Promise.all([client.end(), other.end()]);
    await database.drop();
  };
});
afterEach(() => close());

const INSERT = 'INSERT INTO note(id,text) VALUES ($1,$2)';
const query = async (text: string, values: readonly unknown[] = []): Promise<unknown[]> =>
  (await client.query(text, [...values])).rows;
const begin = (): Promise<unknown> => client.query('begin');
const stored = async (): Promise<unknown[]> => (await other.query('SELECT id,text FROM note ORDER BY id')).rows;
const isInTransaction = async (): Promise<boolean> => {
  await query(INSERT, [99, 'by itself']);
  const seen = await stored();
  await other.query('DELETE FROM note WHERE id=99');
  return !seen.some((row) => (row as { id: number }).id === 99);
};

test('a transaction of three statements is on its way to the server three times', async () => {
  await begin();
  await query(INSERT, [1, 'first']);
  expect(await query('SELECT text FROM note WHERE id=$1', [1])).toEqual([{ text: 'first' }]);
  expect(await stored()).toEqual([]);
  await query(WITH_NEXT + INSERT, [2, 'last']);
  await client.query('commit');
  expect(writes).toBe(3);
  expect(await stored()).toEqual([
    { id: 1, text: 'first' },
    { id: 2, text: 'last' },
  ]);
});

test('one of nothing but what goes with the commit is on its way once; an empty one never', async () => {
  await begin();
  await query(WITH_NEXT + INSERT, [1, 'only']);
  await client.query('commit');
  expect(writes).toBe(1);
  await begin();
  await client.query('commit');
  await begin();
  await client.query('rollback');
  await begin();
  await query(WITH_NEXT + INSERT, [2, 'given up']);
  await client.query('rollback');
  expect(writes).toBe(1);
  expect(await stored()).toEqual([{ id: 1, text: 'only' }]);
  expect(await isInTransaction()).toBe(false);
});

test('without a transaction, after one too, nothing is kept back', async () => {
  await query(WITH_NEXT + INSERT, [1, 'before']);
  await begin();
  await client.query('commit');
  await query(WITH_NEXT + INSERT, [2, 'after']);
  expect(await stored()).toEqual([
    { id: 1, text: 'before' },
    { id: 2, text: 'after' },
  ]);
});

test('what fails with the commit is thrown by it, and nothing of the transaction stays', async () => {
  await begin();
  await query(INSERT, [1, 'first']);
  await query(WITH_NEXT + INSERT, [1, 'again']);
  await expect(client.query('commit')).rejects.toMatchObject({ code: '23505' });
  await client.query('rollback');
  expect(await stored()).toEqual([]);
  expect(await isInTransaction()).toBe(false);
});

test('a first statement that fails is the error, and the transaction has to be rolled back', async () => {
  await begin();
  await expect(query('SELECT 1/$1::int', [0])).rejects.toMatchObject({ code: '22012' });
  await expect(query(INSERT, [1, 'behind it'])).rejects.toMatchObject({ code: '22012' });
  await client.query('rollback');
  expect(await isInTransaction()).toBe(false);
});

test('statements that are given at once go out in one write, in their order, each with its own answer', async () => {
  await begin();
  const one = query('INSERT INTO note(id,text) VALUES ($1,$2) RETURNING id', [1, 'first']);
  const other = query('SELECT text FROM note WHERE id=$1', [1]);
  expect(await Promise.all([one, other])).toEqual([[{ id: 1 }], [{ text: 'first' }]]);
  await client.query('commit');
  expect(writes).toBe(2);
});

test('of statements that are given at once the first that fails is the error of all that follow', async () => {
  await begin();
  const failing = [
    query(INSERT, [1, 'first']),
    query('SELECT 1/$1::int', [0]),
    query(INSERT, [2, 'behind it']),
    query(INSERT, [1, 'again']),
  ];
  const codes = (await Promise.allSettled(failing)).map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'none',
  );
  expect(codes).toEqual(['none', '22012', '22012', '22012']);
  await client.query('rollback');
  expect(await stored()).toEqual([]);
  // and the next transaction knows nothing of it
  await begin();
  await query(INSERT, [1, 'later']);
  await expect(query(INSERT, [1, 'again'])).rejects.toMatchObject({ code: '23505' });
  await client.query('rollback');
});

test('who goes on after a statement that failed is not told that the transaction was committed', async () => {
  await begin();
  await query(INSERT, [1, 'first']);
  await query('SELECT 1/$1::int', [0]).catch(() => undefined);
  await expect(client.query('commit')).rejects.toMatchObject({ code: '22012' });
  await client.query('rollback');
  expect(await stored()).toEqual([]);
  await begin();
  await query('SELECT 1/$1::int', [0]).catch(() => undefined);
  await query(WITH_NEXT + INSERT, [1, 'behind it']);
  await expect(client.query('commit')).rejects.toMatchObject({ code: '22012' });
  await client.query('rollback');
  await begin();
  await query(INSERT, [1, 'again']);
  await client.query('commit');
  expect(await stored()).toEqual([{ id: 1, text: 'again' }]);
});

test('a statement after the one that was to go with the commit takes it along, and fails by its error', async () => {
  await begin();
  await query(WITH_NEXT + INSERT, [1, 'kept back']);
  expect(await query('SELECT text FROM note')).toEqual([{ text: 'kept back' }]);
  await query(WITH_NEXT + INSERT, [1, 'twice']);
  await expect(query('SELECT 1')).rejects.toMatchObject({ code: '23505' });
  await client.query('rollback');
  expect(await stored()).toEqual([]);
});

test('a connection that dies before anything was sent fails the first statement, which is not done by itself', async () => {
  await begin();
  const { processID } = client as unknown as { readonly processID: number };
  client.on('error', () => undefined);
  await other.query('SELECT pg_terminate_backend($1)', [processID]);
  await expect(query(INSERT, [1, 'alone'])).rejects.toThrow();
  await expect(client.query('commit')).rejects.toThrow();
  await client.query('rollback');
  expect(await stored()).toEqual([]);
});

test('no name is given to a statement twice, also where one behind a failure was not parsed', async () => {
  const wire = (client as unknown as { readonly connection: { parse(query: { name: string }): void } }).connection;
  const parse = wire.parse.bind(wire);
  const names: string[] = [];
  wire.parse = (statement) => {
    if (statement.name !== '') names.push(statement.name);
    parse(statement);
  };
  await query(INSERT, [1, 'first']);
  for (let round = 1; round <= 2; round += 1) {
    await begin();
    const again = client.query(INSERT, [1, 'again']);
    const behind = client.query('SELECT text FROM note WHERE id=$1', [1]);
    await expect(again).rejects.toMatchObject({ code: '23505' });
    await expect(behind).rejects.toMatchObject({ code: '23505' });
    await client.query('rollback');
  }
  for (const n of [1, 2]) {
    expect(await query('SELECT text FROM note WHERE id=$1', [1])).toEqual([{ text: 'first' }]);
    expect({ n, names }).toEqual({ n, names: [...new Set(names)] });
  }
  // refused twice, and parsed once
  expect(names).toHaveLength(4);
});
