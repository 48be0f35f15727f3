import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SteadyBenchResult } from './by-hand/steady-bench.js';
import type { GrowthBenchResult } from './growth/growth-bench.js';
import type { HotBenchResult } from './hot/hot-bench.js';
import type { StressResult } from './stress/stress.js';
import type { RatiosBenchResult } from './ratios/ratios-bench.js';
import type { RelayBenchResult } from './relay-bench.js';
import type { SecurityBenchResult } from './security/security-bench.js';
import { VARIANTS } from './watched/variants.js';
import type { WatchedBenchResult } from './watched/watched-bench.js';
import { CommandSandbox } from '@outrider/scripts/testing/started-command';

let sandbox: CommandSandbox;
beforeEach(async () => {
  sandbox = await CommandSandbox.make();
});
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

test('F05 F06 F08 F09 a short stress with kills and pauses loses nothing and reorders nothing', async () => {
  const command = sandbox.start('bench', ['stress', '--seconds', '10', '--seed', '3', '--json']);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const result = JSON.parse(command.stdout) as StressResult;
  expect(result).toMatchObject({ passed: true, lost: [], outOfOrder: [], invented: [], unexplained: [], vanished: 0 });
  expect(result.kills + result.pauses).toBeGreaterThan(0);
  expect(result.committed).toBeGreaterThan(100);
}, 180_000);

test('a bench measures the relay beside the Kafka client and writes it as JSON', async () => {
  const command = sandbox.start('bench', [
    'relay',
    '--only',
    'drain,lag',
    '--no-peers',
    '--rounds',
    '1',
    '--events',
    '2000',
    '--histories',
    '1000',
    '--json',
  ]);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { drain = [], lag } = JSON.parse(command.stdout) as RelayBenchResult;
  expect(drain.map(({ subject }) => subject)).toEqual([
    'raw kafkajs',
    'relay',
    'relay, platformatic',
    'relay, unpatched kafkajs',
    'raw kafkajs, fast writer',
    'raw @platformatic/kafka',
    'raw kafkajs, 1 connection',
  ]);
  for (const { rounds } of drain) expect(rounds).toMatchObject([{ events: 2_000 }]);
  expect(lag).toMatchObject([{ history: 1_000, idleMs: expect.any(Array) }]);
}, 180_000);

test('a bench drains on three brokers, of whose copies two must be in sync, and says so in its JSON', async () => {
  const own = { INFRA: 'embedded', POSTGRES_URL: undefined, KAFKA_BROKERS: undefined };
  const options = ['--only', 'drain', '--brokers', '3', '--rounds', '1', '--events', '2000', '--json'];
  const command = sandbox.start('bench', ['relay', ...options], own);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { cluster, drain = [] } = JSON.parse(command.stdout) as RelayBenchResult;
  expect(cluster).toEqual({ brokers: 3, replication: 3, minInSync: 2 });
  expect(drain.map(({ subject }) => subject)).toEqual(['raw kafkajs', 'relay', 'raw kafkajs, fast writer']);
  for (const { rounds } of drain) expect(rounds).toMatchObject([{ events: 2_000, brokerMicros: expect.any(Number) }]);
}, 180_000);

test('three brokers are refused beside a Kafka that is given', async () => {
  const given = { INFRA: undefined, KAFKA_BROKERS: '127.0.0.1:1', POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/x' };
  const command = sandbox.start('bench', ['relay', '--brokers', '3', '--no-peers'], given);
  expect(await command.ended).toBe(2);
  expect(command.output).toContain('unset KAFKA_BROKERS');
});

test('a bench measures one hot product beside a thousand and writes it as JSON', async () => {
  const command = sandbox.start('bench', ['hot', '--orders', '500', '--rounds', '1', '--replicas', '2', '--json']);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { results } = JSON.parse(command.stdout) as HotBenchResult;
  expect(results).toMatchObject([{ spread: [{ orders: 500 }], hot: [{ orders: 500 }], ratio: expect.any(Number) }]);
}, 180_000);

test('a bench measures secured installations and relays beside plain ones and writes it as JSON', async () => {
  const options = ['--orders', '20', '--events', '2000', '--rounds', '1', '--json'];
  // servers that speak TLS are started for it
  const own = { INFRA: 'embedded', POSTGRES_URL: undefined, KAFKA_BROKERS: undefined, REDIS_URL: undefined };
  const command = sandbox.start('bench', ['security', ...options], own);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { orders, drain } = JSON.parse(command.stdout) as SecurityBenchResult;
  const round = { ordersPerSecond: expect.any(Number), nodeMs: { order: expect.any(Number) } };
  expect(orders).toMatchObject({ plain: [round], secure: [round] });
  expect(drain).toMatchObject({ bare: [{ events: 2_000 }], plain: [{ events: 2_000 }], secure: [{ events: 2_000 }] });
}, 300_000);

test('a bench measures what it costs to be watched and writes it as JSON', async () => {
  const command = sandbox.start('bench', ['watched', '--only', 'drain', '--events', '2000', '--rounds', '1', '--json']);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { drain = [] } = JSON.parse(command.stdout) as WatchedBenchResult;
  expect(drain.map(({ variant }) => variant)).toEqual(VARIANTS.map(({ name }) => name));
  for (const { rounds } of drain) expect(rounds).toMatchObject([{ perSecond: expect.any(Number) }]);
}, 180_000);

test('a bench measures installations with few and with many stored orders, whose books balance, and writes it as JSON', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'growth-')), 'growth.json');
  const small = ['--orders', '100,400', '--base', '40', '--placed', '20', '--requests', '2', '--rounds', '1'];
  const command = sandbox.start('bench', ['growth', ...small, '--json', file]);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { ratios, sizes } = JSON.parse(await readFile(file, 'utf8')) as GrowthBenchResult;
  // not of ten thousand and a million
  expect(ratios).toEqual({
    costLargestToSmallest: expect.any(Number),
    costLargestToSmallestPinned: expect.any(Number),
  });
  const round = { orders: { ordersPerSecond: expect.any(Number) }, reads: { 'an order': { ms: expect.any(Number) } } };
  expect(sizes).toMatchObject([
    { size: 100, stored: 120, rounds: [round], pinned: [round] },
    { size: 400, stored: 400, rounds: [round], pinned: [round] },
  ]);
}, 300_000);

test('a bench writes the ratios that it has measured to a file, and no others', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'ratios-')), 'ratios.json');
  const command = sandbox.start('bench', ['--only', 'hot', '--orders', '200', '--rounds', '1', '--json', file]);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { ratios, measured } = JSON.parse(await readFile(file, 'utf8')) as RatiosBenchResult;
  expect(ratios).toEqual({ hotProductToUniform: expect.any(Number) });
  expect(Object.keys(measured)).toEqual(['hot']);
  expect(command.stdout).toMatch(/relayToRawKafka +not measured/u);
}, 180_000);

test('a wrong command line is reported in one sentence', async () => {
  const nothing = sandbox.start('bench', ['speed']);
  expect(await nothing.ended).toBe(2);
  expect(nothing.output).toContain(
    'relay, stress, hot, security, watched, growth, steady, medusa and vendure are there',
  );
  const wrong = sandbox.start('bench', ['relay', '--only', 'drain,warp']);
  expect(await wrong.ended).toBe(2);
  expect(wrong.output).toContain('takeover');
});

test('a bench measures orders at a steady rate, ours and by hand, and writes it as JSON', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'steady-')), 'steady.json');
  const small = ['--per-second', '10', '--seconds', '2', '--rounds', '1', '--warm', '20'];
  const command = sandbox.start('bench', ['steady', ...small, '--json', file]);
  const code = await command.ended;
  expect({ code, output: code === 0 ? '' : command.output }).toEqual({ code: 0, output: '' });
  const { rates } = JSON.parse(await readFile(file, 'utf8')) as SteadyBenchResult;
  const round = { ordersPerSecond: expect.any(Number), p50Ms: expect.any(Number), p99Ms: expect.any(Number) };
  expect(rates).toMatchObject([{ perSecond: 10, rounds: { ours: [round], byHand: [round] } }]);
  // placed at the rate, not at once: 20 orders at 10 a second take 1.9 s and the time of the last
  for (const { ordersPerSecond } of Object.values(rates[0]?.rounds ?? {}).flat())
    expect(ordersPerSecond).toBeLessThan(11);
}, 180_000);
