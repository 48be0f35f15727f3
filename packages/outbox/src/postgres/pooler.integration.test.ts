import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshDatabase, OwnPgBouncer } from '@outrider/testkit';
import pg from 'pg';
import { assertPoolerKeepsStatements } from './assert-pooler-keeps-statements.js';
import { statementName } from './statement-name.js';

const FORGETS = expect.objectContaining({
  code: 'OUTBOX_POOLER_FORGETS',
  message: expect.stringMatching(/^database x is reached through .* use PgBouncer 1\.21 or later/u),
});

let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase('pooler');
});
afterAll(() => database.drop());

const trial = (url: string): Promise<unknown> =>
  assertPoolerKeepsStatements('database x', url).then(
    () => 'kept',
    (error: unknown) => error,
  );

test('without a pooler statements are kept; an unreachable database proves nothing', async () => {
  expect(await trial(database.url)).toBe('kept');
  expect(await trial('postgres://127.0.0.1:1/x')).toMatchObject({ code: 'ECONNREFUSED' });
});

test('a name follows from the text alone, and fits', () => {
  expect(statementName('SELECT 1')).toBe(statementName('SELECT 1'));
  expect(statementName('SELECT 1')).not.toBe(statementName('SELECT 2'));
  expect(Buffer.byteLength(statementName('x'.repeat(10_000)))).toBeLessThanOrEqual(63);
});

const version = await OwnPgBouncer.version();
const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
const keeps = major > 1 || minor >= 21;

(version === undefined ? describe.skip : describe)('through a pooler (needs PgBouncer)', () => {
  const through = async (settings: Record<string, string | number>, work: (url: string) => Promise<void>) => {
    await using pooler = await OwnPgBouncer.open(database.url, settings);
    await work(pooler.url);
  };

  test.each([{}, { default_pool_size: 1 }, { default_pool_size: 2, server_round_robin: 1 }])(
    'one that hands prepared statements on is refused by name, whatever its settings %j',
    async (settings) => {
      const off = keeps ? { max_prepared_statements: 0 } : {};
      await through({ pool_mode: 'transaction', ...off, ...settings }, async (url) => {
        expect(await trial(url)).toEqual(FORGETS);
      });
    },
  );

  test('one that pools sessions is not', async () => {
    await through({ pool_mode: 'session' }, async (url) => {
      expect(await trial(url)).toBe('kept');
    });
  });

  // Debian has none yet; run with PGBOUNCER=path of a later one
  if (keeps) {
    test.each([{}, { default_pool_size: 1 }, { default_pool_size: 2, server_round_robin: 1 }])(
      'one that keeps them is not %j',
      async (settings) => {
        await through({ pool_mode: 'transaction', max_prepared_statements: 100, ...settings }, async (url) => {
          expect(await trial(url)).toBe('kept');
        });
      },
    );
  }

  test('a pooler that mixes sessions up gives an error or the right result, never that of another statement', async () => {
    const off = keeps ? { max_prepared_statements: 0 } : {};
    await through({ pool_mode: 'transaction', default_pool_size: 2, ...off }, async (url) => {
      const clients = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const client = new pg.Client({ connectionString: url });
          client.on('error', () => {});
          await client.connect();
          return client;
        }),
      );
      const answers = { right: 0, wrong: 0, errors: new Set<unknown>() };
      const ask = async (client: pg.Client, turn: number): Promise<void> => {
        const text = `SELECT $1::int*0+${turn % 7} AS n`;
        try {
          const { rows } = await client.query<{ n: number }>({ name: statementName(text), text, values: [1] });
          if (rows[0]?.n === turn % 7) answers.right += 1;
          else answers.wrong += 1;
        } catch (error) {
          answers.errors.add((error as { code?: string }).code);
        }
      };
      for (let turn = 0; turn < 60; turn += 1) {
        await Promise.all(clients.map((client, index) => ask(client, turn * (index + 1))));
      }
      await Promise.all(clients.map((client) => client.end()));
      expect(answers.wrong).toBe(0);
      expect(answers.right).toBeGreaterThan(0);
      // what ends a session, so that a new one is had
      for (const code of answers.errors) expect(['26000', '42P05']).toContain(code);
      expect(answers.errors.size).toBeGreaterThan(0);
    });
  });
});
