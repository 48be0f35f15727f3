import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@outrider/service-kit/testing';
import { freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import type { StockLevel } from '../../domain/stock.js';
import { RedisStock } from './redis-stock.js';

const LIFE_MS = 30_000;
const GENERATION = 7;
let stock: RedisStock;

beforeAll(async () => {
  const { redisUrl: url } = await sharedInfra();
  const log = { info: () => {}, warn: () => {} };
  stock = new RedisStock({ url, prefix: freshTopicPrefix(), timeoutMs: 5_000, log, connected: () => {} });
  await until('connected', () => stock.ready);
});
afterAll(() => stock.close());

const level = (version: number): StockLevel => ({ version, available: version * 10, asOf: version * 100 });
const write = (levels: Readonly<Record<string, StockLevel | null>>): Promise<void> =>
  stock.write(GENERATION, new Map(Object.entries(levels)), LIFE_MS);
const read = async (...ids: string[]): Promise<unknown> => Object.fromEntries(await stock.read(GENERATION, ids));

test('F31 an older level never takes the place of a newer one, by number and not by letter', async () => {
  await write({ a: level(9), b: level(1), c: null });
  await write({ a: level(10), b: level(2), c: level(1) });
  await write({ a: level(9), b: level(1), c: null, d: null });
  expect(await read('a', 'b', 'c', 'd', 'e')).toEqual({ a: level(10), b: level(2), c: level(1), d: null });
});

test('two thousand levels at once', async () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `many-${index}`);
  await write(Object.fromEntries(ids.map((id, index) => [id, level(index + 1)])));
  expect(await read(...ids)).toEqual(Object.fromEntries(ids.map((id, index) => [id, level(index + 1)])));
});

test('F47 one generation does not see another’s', async () => {
  await write({ x: level(1) });
  expect(await stock.read(GENERATION + 1, ['x'])).toEqual(new Map());
});
