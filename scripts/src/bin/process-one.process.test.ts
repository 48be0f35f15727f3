import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase, dropDatabase, freePort, startInfra, type Infra } from '@outrider/testkit';
import pg from 'pg';
import { mainOf, RECONCILER, SERVICES, WORKER, type Part, type Service } from '../installation/layout.js';

/** How a process becomes the first of a PID namespace, as in a container; undefined where that is not allowed. */
const namespace = [
  ['--pid', '--fork'],
  ['--user', '--map-root-user', '--pid', '--fork'],
].find((options) => spawnSync('unshare', [...options, 'true']).status === 0);

/** Signals are sent so long after the start, in milliseconds. STOP_EVERY_MS=50 tries each step up to three seconds. */
const every = Number(process.env['STOP_EVERY_MS'] ?? 0);
const DELAYS = every > 0 ? Array.from({ length: 3_000 / every }, (_, n) => (n + 1) * every) : [200, 500, 900, 1_500];

/** Processes that are tried beside each other. */
const AT_ONCE = every > 0 ? 4 : 1;

let ledgers: string;
beforeAll(async () => {
  ledgers = await mkdtemp(join(tmpdir(), 'process-one-'));
});
afterAll(() => rm(ledgers, { recursive: true }));

/** Servers that are away: nothing listens there. */
async function away(): Promise<Record<string, string>> {
  const database = `postgres://nobody:nothing@127.0.0.1:${await freePort()}/nowhere`;
  return {
    DATABASE_URL: database,
    DATABASE_URLS: `order=${database}`,
    ORDER_DATABASE_URL: database,
    INVENTORY_DATABASE_URL: database,
    PAYMENT_DATABASE_URL: database,
    PRODUCT_DATABASE_URL: database,
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ADMIN_PORT: String(await freePort()),
    JWT_ISSUER: 'https://issuer.example',
    JWT_AUDIENCE: 'outrider',
    JWT_JWKS: 'https://issuer.example/keys',
    PAYMENT_PROVIDER: 'simulator',
    SIMULATOR_URL: 'http://127.0.0.1:9',
    LEDGER_FILE: join(ledgers, `${randomUUID()}.jsonl`),
    SIMULATOR_WEBHOOK_SECRET: 'sixteen characters',
    LOG_LEVEL: 'info',
  };
}

interface First {
  /** what it wrote so far */
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  signal(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a program as the first process of a PID namespace of its own. */
function startFirst(args: readonly string[], env: Readonly<Record<string, string>>): First {
  const options = [...(namespace ?? []), '--kill-child=SIGKILL'];
  const outer: ChildProcess = spawn('unshare', [...options, process.execPath, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [outer.stdout, outer.stderr]) stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
  return {
    output: () => output,
    exited: once(outer, 'exit').then(([code]) => code as number | null),
    async signal(signal) {
      const children = await readFile(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8');
      process.kill(Number(children.trim()), signal);
    },
  };
}

/** From a signal to the end, of a program; shown, never judged: a machine may be busy. */
let longestMs = 0;

/** Ten seconds apart: a machine on which Node takes longer to start is of no use. */
const MOST_SIGNALS = 6;

/**
 * Signals that come before Node itself has read the first line reach nobody in a container, and how long that takes is the
 * machine's affair; so a process that is still there, and has said nothing yet, is sent the signal again.
 * @returns the exit code; -1 when it was not ended by a signal that came after it had said something
 */
async function stopAfter(first: First, delay: number): Promise<{ code: number | null; signals: number }> {
  await sleep(delay);
  let last = performance.now();
  let ended = false;
  void first.exited.then(() => {
    ended = true;
    longestMs = Math.max(longestMs, performance.now() - last);
  });
  for (let signals = 1; ; signals += 1) {
    const running = first.output() !== '';
    last = performance.now();
    await first.signal('SIGTERM').catch(() => undefined);
    await Promise.race([first.exited, sleep(10_000)]);
    if (ended) return { code: await first.exited, signals };
    if (running || signals === MOST_SIGNALS) return { code: -1, signals };
  }
}

const needs = namespace === undefined ? describe.skip : describe;

needs('as process 1 of a container (needs PID namespaces)', () => {
  const programs: readonly (Part | 'simulator')[] = [...SERVICES, WORKER, RECONCILER, 'simulator'];
  const starts: [string, string[]][] = [
    ...programs.map((name): [string, string[]] => [name, [mainOf(name)]]),
    ...SERVICES.map((name): [string, string[]] => [`migrate of ${name}`, [mainOf(name), 'migrate']]),
  ];

  test.each(starts)('F37 %s ends by SIGTERM at any time of its start, with servers away', async (name, args) => {
    longestMs = 0;
    let drained = 0;
    const tryOne = async (delay: number): Promise<void> => {
      const { code } = await stopAfter(startFirst(args, await away()), delay);
      // 143: nothing had begun; 0: it listened, and was closed
      expect({ delay, code, ended: code === 143 || code === 0 }).toMatchObject({ ended: true });
      if (code === 0) drained += 1;
    };
    for (let n = 0; n < DELAYS.length; n += AT_ONCE) await Promise.all(DELAYS.slice(n, n + AT_ONCE).map(tryOne));
    if (every > 0) {
      const tried = `${DELAYS.length} signals, ${drained} of them when it served`;
      process.stderr.write(`  ${name}: ${tried}; ended within ${Math.ceil(longestMs)} ms\n`);
    }
  });

  test.each([...SERVICES])('F37 migrate of %s ends by SIGTERM while it waits for its servers', async (name) => {
    const migrate = startFirst([mainOf(name), 'migrate'], await away());
    while (!migrate.output().includes('does not answer yet')) await sleep(20);
    expect(await stopAfter(migrate, 0)).toEqual({ code: 143, signals: 1 });
  });

  describe('migrate in the middle of its transaction', () => {
    let infra: Infra;
    beforeAll(async () => {
      infra = await startInfra({ parts: ['postgres', 'kafka'], durable: false });
    });
    afterAll(async () => {
      await infra.stop();
    });

    test.each(['SIGTERM', 'SIGKILL'] as const)(
      'F41 ends by %s, and leaves no lock and no half of a migration; the next one goes on',
      async (signal) => {
        const url = await createDatabase(infra.postgresUrl, `process_one_${signal.toLowerCase()}`);
        const service: Service = 'order';
        const env = {
          ...(await away()),
          DATABASE_URL: url,
          KAFKA_BROKERS: infra.brokers.join(','),
          KAFKA_TOPIC_PREFIX: 'process-one.',
        };
        const [sql, watch] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
        await Promise.all([sql.connect(), watch.connect()]);
        // the name of order's first own table is taken by a transaction that does not end: the migrations wait there
        await sql.query('BEGIN');
        await sql.query('CREATE TABLE orders ()');
        const sessions = async (condition: string): Promise<number> => {
          // not in the open transaction, which is shown the same each time
          const { rows } = await watch.query(
            `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND application_name LIKE 'outrider-%' AND ${condition}`,
          );
          return rows[0].n as number;
        };
        const migrate = startFirst([mainOf(service), 'migrate'], env);
        while ((await sessions(`wait_event_type = 'Lock'`)) === 0) await sleep(20);
        if (signal === 'SIGTERM') expect(await stopAfter(migrate, 0)).toEqual({ code: 143, signals: 1 });
        else {
          await migrate.signal(signal);
          await migrate.exited;
        }
        while ((await sessions('true')) > 0) await sleep(20);
        const { rows } = await watch.query(`SELECT count(*)::int AS n FROM pg_class WHERE relname LIKE 'outbox%'`);
        expect(rows).toEqual([{ n: 0 }]);
        await sql.query('ROLLBACK');
        const again = startFirst([mainOf(service), 'migrate'], env);
        expect({ code: await again.exited, output: again.output() }).toMatchObject({ code: 0 });
        await Promise.all([sql.end(), watch.end()]);
        await dropDatabase(infra.postgresUrl, `process_one_${signal.toLowerCase()}`);
      },
    );
  });
});
