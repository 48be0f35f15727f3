import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshTopicPrefix, sharedInfra, startTcpProxy, until } from '@outrider/testkit';
import { Redis } from 'ioredis';
import type { StockLevel } from '../domain/stock.js';
import { redisAt } from '@outrider/connections';
import { RedisStock } from './redis-stock.js';

const LIFE_MS = 30_000;
const GENERATION = 7;
const log = { info: () => {}, warn: () => {} };
let stock: RedisStock;

beforeAll(async () => {
  const { redisUrl: url } = await sharedInfra();
  stock = new RedisStock({
    server: redisAt(url),
    prefix: freshTopicPrefix(),
    timeoutMs: 5_000,
    log,
    connected: () => {},
  });
  await until('connected', () => stock.ready);
});
afterAll(() => stock.close());

const level = (version: number): StockLevel => ({ version, available: version * 10, asOf: version * 100 });
const write = (levels: Readonly<Record<string, StockLevel | null>>): Promise<void> =>
  stock.write(GENERATION, new Map(Object.entries(levels)), LIFE_MS);
const read = async (...ids: string[]): Promise<unknown> => Object.fromEntries(await stock.read(GENERATION, ids));

test('F31 an older level never takes the place of a newer one, by number and not as text', async () => {
  await write({ a: level(9), b: level(1), c: null });
  await write({ a: level(10), b: level(2), c: level(1) });
  await write({ a: level(9), b: level(1), c: null, d: null });
  expect(await read('a', 'b', 'c', 'd', 'e')).toEqual({ a: level(10), b: level(2), c: level(1), d: null });
});

test('the time of a level starts again when it was read from the database again, and not when an older one was', async () => {
  const { redisUrl } = await sharedInfra();
  const prefix = freshTopicPrefix();
  const [redis, own] = [
    new Redis(redisUrl),
    new RedisStock({ server: redisAt(redisUrl), prefix, timeoutMs: 5_000, log, connected: () => {} }),
  ];
  try {
    await until('connected', () => own.ready);
    const left = async (version: number, lifeMs: number): Promise<number> => {
      await own.write(GENERATION, new Map([['a', level(version)]]), lifeMs);
      return redis.pttl(`${prefix}stock:${GENERATION}:a`);
    };
    expect(await left(2, 600_000)).toBeLessThanOrEqual(600_000);
    expect(await left(2, 1_200_000)).toBeGreaterThan(600_000);
    expect(await left(1, 2_400_000)).toBeLessThanOrEqual(1_200_000);
  } finally {
    redis.disconnect();
    await own.close();
  }
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

test('F32 a Redis that does not answer is not asked for a while: no other request waits for it', async () => {
  const { redisUrl } = await sharedInfra();
  const proxy = await startTcpProxy(redisUrl);
  const slow = new RedisStock({
    server: redisAt(proxy.url),
    prefix: freshTopicPrefix(),
    timeoutMs: 200,
    log,
    connected: () => {},
  });
  try {
    await until('connected', () => slow.ready);
    proxy.hang();
    await expect(slow.read(GENERATION, ['a'])).rejects.toThrow('Command timed out');
    expect(slow.ready).toBe(false);
    await expect(slow.write(GENERATION, new Map([['a', level(1)]]), LIFE_MS)).rejects.toThrow('there is no connection');
    await proxy.restore();
    await until('it is asked again', () => slow.ready);
    expect(await slow.read(GENERATION, ['a'])).toEqual(new Map());
  } finally {
    await slow.close();
    await proxy.close();
  }
});

test('F47 a write that reaches Redis when its time is over leaves nothing there, however late its sender was given up', async () => {
  const { redisUrl } = await sharedInfra();
  const proxy = await startTcpProxy(redisUrl);
  const prefix = freshTopicPrefix();
  const sender = new RedisStock({ server: redisAt(proxy.url), prefix, timeoutMs: 200, log, connected: () => {} });
  const redis = new Redis(redisUrl);
  try {
    await until('connected', () => sender.ready);
    proxy.hold();
    // one behind the other on the same connection: when the second is there the first was run
    const given = await Promise.allSettled([
      sender.write(GENERATION, new Map([['late', level(1)]]), 300),
      sender.write(GENERATION, new Map([['mark', level(1)]]), LIFE_MS),
    ]);
    expect(given.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await new Promise((resolve) => setTimeout(resolve, 400));
    proxy.release();
    let held: (string | null)[] = [];
    await until('both writes were run', async () => {
      held = await redis.mget(`${prefix}stock:${GENERATION}:late`, `${prefix}stock:${GENERATION}:mark`);
      return held[1] !== null;
    });
    expect(held[0]).toBeNull();
  } finally {
    await sender.close();
    redis.disconnect();
    await proxy.close();
  }
});
