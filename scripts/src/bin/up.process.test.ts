import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { PORT } from '../installation/layout.js';
import type { Report } from '../run/report.js';
import { findUpFile, upFilePath, type UpFile } from '../run/up-file.js';
import { allPids, CommandSandbox, isRunning, type StartedCommand } from '../testing/started-command.js';

jest.setTimeout(180_000);

let sandbox: CommandSandbox;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const GOOD: Partial<Report> = { failed: 0, paymentFailed: 0, stuck: 0, duplicates: 0, stockMismatches: 0 };

/** Runs to the end and answers what the report says. */
async function runOnce(args: readonly string[], env: Record<string, string | undefined> = {}) {
  const up = sandbox.start('up', ['--once', '--report', 'report.json', ...args], env);
  const code = await up.ended;
  return { code, output: up.output, report: await sandbox.read<Report>('report.json') };
}

async function ordersIn({ services }: UpFile): Promise<number> {
  const client = new pg.Client({ connectionString: services.order.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM orders');
    return Number(rows[0]?.count);
  } finally {
    await client.end();
  }
}

describe('scripts/up --once', () => {
  test('starts servers of its own, sells ten orders and leaves nothing behind', async () => {
    const orders = await sandbox.orders(10);
    const up = sandbox.start('up', ['--once', '--json', '--orders', orders, '--report', 'report.json'], {
      INFRA: undefined,
      POSTGRES_URL: undefined,
      KAFKA_BROKERS: undefined,
      REDIS_URL: undefined,
    });
    const pids = allPids(await up.upFile());
    expect(pids).toHaveLength(6);
    expect({ code: await up.ended, output: up.output }).toMatchObject({ code: 0 });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await findUpFile(up.runDirectory)).toBeUndefined();

    const report = await sandbox.read<Report>('report.json');
    expect(Object.keys(report)).toEqual([
      'orders',
      'completed',
      'failed',
      'paymentFailed',
      'stuck',
      'duplicates',
      'capturedTotal',
      'completedTotal',
      'stockMismatches',
      'ordersPerSecond',
      'p50Ms',
      'p99Ms',
    ]);
    expect(report).toMatchObject({ ...GOOD, orders: 10, completed: 10, capturedTotal: 26_472, completedTotal: 26_472 });
    expect(JSON.parse(up.stdout)).toMatchObject({ ok: true, report, complaints: [] });
  });

  test('reports the lines it cannot use, sells the others, and ends with 1', async () => {
    const orders = await sandbox.orders(3, [
      '{"orderId": "broken"',
      '{"orderId":"x-1","customer":"7","date":"1997-01-01","lines":[{"sku":"CD-01466","quantity":1,"unitPriceCents":1}]}',
    ]);
    const { code, output, report } = await runOnce(['--orders', orders]);
    expect(output).toMatch(/line 4 is not used: not JSON/);
    expect(output).toMatch(/line 5 is not used: lines\.0\.unitPriceCents: CD-01466 costs 1 here and 1466 on line 1/);
    expect(output).toContain('2 lines of the file not used');
    expect({ code, report }).toMatchObject({ code: 1, report: { ...GOOD, orders: 3, completed: 3 } });
  });

  test('with short stock and a provider that declines, sells what can be sold and balances', async () => {
    const orders = await sandbox.orders(40);
    const args = ['--orders', orders, '--stock', '80', '--payments', 'declines=20', '--seed', '3'];
    const { code, output, report } = await runOnce(args);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(report).toMatchObject({ orders: 40, stuck: 0, duplicates: 0, stockMismatches: 0 });
    expect(report.failed).toBeGreaterThan(0);
    expect(report.paymentFailed).toBeGreaterThan(0);
    expect(report.completed + report.failed + report.paymentFailed).toBe(40);
    expect(report.capturedTotal).toBe(report.completedTotal);
  });

  test('F23 F46 with a provider that times out, reports twice, is forged and asks customers, sells everything and balances', async () => {
    const orders = await sandbox.orders(50);
    const args = ['--orders', orders, '--payments', 'timeouts=5,duplicates=5,forged=5,actions=20', '--seed', '4'];
    const { code, output, report } = await runOnce(args);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(report).toMatchObject({ ...GOOD, orders: 50, completed: 50 });
    expect(output).toMatch(/forged webhooks believed, of [1-9]/);
  });

  test.each(['simulator', 'stripe'])(
    'F27 with refunds that are pending, that come back, and that are made by hand at %s, all agree on each of them',
    async (provider) => {
      const orders = await sandbox.orders(40);
      const args = ['--orders', orders, '--provider', provider, '--payments', 'pending=40,returned=30,dashboard=30'];
      const { code, output, report } = await runOnce([...args, '--seed', '6']);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(report).toMatchObject({ ...GOOD, orders: 40, completed: 40 });
      expect(report.capturedTotal).toBe(report.completedTotal);
      expect(output).toMatch(/[1-9]\d* orders refunded/);
      expect(output).toMatch(/what the provider did by itself was taken over/);
    },
  );

  test('balances although a worker and an order process are killed with -9 while orders flow', async () => {
    const orders = await sandbox.orders(150);
    const up = sandbox.start('up', ['--once', '--replicas', '2', '--orders', orders, '--report', 'report.json']);
    const before = await up.upFile();
    expect(allPids(before)).toHaveLength(11);
    await up.until('an order was placed', async () => ((await ordersIn(before)) > 0 ? true : undefined));
    const victims = [before.services['outbox-worker'].pids[0]!, before.services.order.pids[0]!];
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    await up.upFile((file) => allPids(file).length === 11 && !victims.some((pid) => allPids(file).includes(pid)));

    expect({ code: await up.ended, output: up.output }).toMatchObject({ code: 0 });
    expect(up.output).toMatch(/order was ended by SIGKILL/);
    expect(await sandbox.read('report.json')).toMatchObject({ ...GOOD, orders: 150, completed: 150 });
  });
});

describe('scripts/up', () => {
  test('takes the next port for a taken one, serves the other commands, restarts what dies, ends with Ctrl-C', async () => {
    const taken = createServer().listen(PORT.order, '127.0.0.1');
    // When something else has it already, all the better.
    await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
    let up: StartedCommand;
    let first: UpFile;
    try {
      up = sandbox.start('up', []);
      first = await up.upFile();
    } finally {
      taken.close();
    }
    expect(up.output).toMatch(/port 3001 is taken by another (program|run): order is on \d+/);
    expect(first.services.order.url).not.toBe('http://127.0.0.1:3001');
    expect((await stat(upFilePath(up.runDirectory))).mode & 0o777).toBe(0o600);

    const placing = sandbox.start('place-orders', ['--json', await sandbox.orders(5)]);
    expect({ code: await placing.ended, output: placing.output }).toMatchObject({ code: 0 });
    expect(JSON.parse(placing.stdout)).toMatchObject({ ok: true, orders: 5, statuses: { COMPLETED: 5 } });
    const again = sandbox.start('place-orders', ['--stock', '100', await sandbox.orders(5)]);
    expect(await again.ended).toBe(0);
    expect(again.output).toContain('5 of them had been placed before');
    const more = sandbox.start('place-orders', ['--seed', '7', await sandbox.orders(8)]);
    expect({ code: await more.ended, output: more.output }).toMatchObject({ code: 0 });

    const [victim] = first.services.inventory.pids as [number];
    process.kill(victim, 'SIGKILL');
    const second = await up.upFile(({ services }) => services.inventory.pids.some((pid) => pid !== victim));
    expect(second.runId).toBe(first.runId);

    const balance = sandbox.start('balance', []);
    expect({ code: await balance.ended, output: balance.output }).toMatchObject({ code: 0 });
    expect(balance.output).toMatch(/Orders +placed, and kept +SQL +8 +8 +ok/);

    const token = sandbox.start('token', ['--role', 'admin']);
    expect(await token.ended).toBe(0);
    const response = await fetch(`${second.services.order.url}/orders?limit=1`, {
      headers: { authorization: `Bearer ${token.stdout.trim()}` },
    });
    expect(response.status).toBe(200);

    const beside = sandbox.start('up', ['--once', '--orders', await sandbox.orders(2)]);
    expect({ code: await beside.ended, output: beside.output }).toMatchObject({ code: 0 });
    expect(beside.output).toContain(`Run ${first.runId} is up as well`);
    expect(await findUpFile(up.runDirectory)).toEqual(second);

    up.child.kill('SIGINT');
    expect(await up.ended).toBe(0);
    expect([...allPids(first), ...allPids(second)].filter(isRunning)).toEqual([]);
    expect(await findUpFile(up.runDirectory)).toBeUndefined();
    const late = sandbox.start('balance', []);
    expect(await late.ended).toBe(1);
    expect(late.output).toContain('Nothing is running');
  });

  test('ends its processes when it is killed with -9, and commands that work on them end', async () => {
    const up = sandbox.start('up', []);
    const file = await up.upFile();
    const placing = sandbox.start('place-orders', [await sandbox.orders(300)]);
    await placing.until('an order was placed', async () => ((await ordersIn(file)) > 0 ? true : undefined));
    up.child.kill('SIGKILL');
    await up.ended;
    // They end by themselves, in good order: this waits for it, and runs into the test's time if they do not.
    while (allPids(file).some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 50));
    // what works on them is told, and says how far it came
    expect({ code: await placing.ended, output: placing.output }).toMatchObject({ code: 1 });
    expect(placing.output).toMatch(/[1-9]\d* of 300 orders placed when it ended/);
    expect(placing.output).toContain(`Run ${file.runId} has ended.`);
  });

  test.each([
    [['--replicas', '0'], /--replicas.*whole number from 1 to 10/],
    [['--once', '--orders', 'no-such-file'], /no-such-file cannot be read/],
    [['--payments', 'declines=lots'], /declines/],
    [['--payments', 'returned=5,refunds=5'], /'refunds' is not known.*pending, returned, dashboard/],
    [['--once', '--report', 'no/such/folder/report.json'], /no folder .* to write to/],
  ])('refuses %j in one sentence, before anything is started', async (args, sentence) => {
    const up = sandbox.start('up', args);
    expect(await up.ended).toBe(2);
    expect(up.output).toMatch(sentence);
    expect(up.output.trim().split('\n')).toHaveLength(1);
  });
});
