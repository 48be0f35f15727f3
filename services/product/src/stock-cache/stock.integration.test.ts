import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEvent, newId, type Product } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { sharedInfra, startTcpProxy, until, type TcpProxy } from '@outrider/testkit';
import { Redis } from 'ioredis';
import pg from 'pg';
import { productService } from '../product.module.js';
import { fact, openShop, type Shop } from '../testing/shop.js';

let service: TestService;
let shop: Shop;
let proxy: TcpProxy;
let redis: Redis;

/** A service that reaches Redis through a proxy, for the tests of one block. */
function withService(timeoutMs: string): void {
  beforeAll(async () => {
    const { redisUrl } = await sharedInfra();
    redis = new Redis(redisUrl);
    proxy = await startTcpProxy(redisUrl);
    service = await startTestService(productService, {
      env: { REDIS_URL: proxy.url, REDIS_TIMEOUT_MS: timeoutMs, GENERATION_POLL_MS: '100' },
    });
    shop = await openShop(service);
  });
  afterAll(async () => {
    await service.close();
    await proxy.close();
    redis.disconnect();
  });
}

const keysOf = (id = '*'): Promise<string[]> => redis.keys(`${service.topicPrefix}stock:*:${id}`);
const hits = () => shop.metric('product_cache_hits_total');
/** How many events had their effect. */
const handled = async (): Promise<number> =>
  Number((await service.sql<{ n: string }>('SELECT count(*) n FROM inbox_event'))[0]!.n);
const rebuilds = () => shop.metric('product_cache_rebuilds_total');

/** A product whose stock is `available` at `version`. */
async function stocked(available: number, version = 1): Promise<string> {
  const { id } = await shop.registered();
  await shop.stock(id, version, available);
  await shop.held(id, version);
  return id;
}

/** Waits until reads of the product come out of Redis. */
async function servedFromRedis(id: string): Promise<void> {
  await until('stock is read from Redis', async () => {
    const before = await hits();
    await shop.read(id);
    return (await hits()) > before;
  });
}

describe('stock by event', () => {
  withService('5000');

  test('F30 it comes to a product that had none', async () => {
    const { id } = await shop.registered();
    expect(await shop.read(id)).toMatchObject({ stock: null, stockAsOf: null });
    await shop.stock(id, 1, 7);
    await until('the stock is seen', async () => (await shop.read(id)).stock === 7);
    const { stockAsOf } = await shop.read(id);
    expect(Math.abs(Date.parse(stockAsOf!) - Date.now())).toBeLessThan(60_000);
  });

  test('F30 it may come before the product itself', async () => {
    const stranger = newId();
    await shop.stock(stranger, 1, 5);
    await shop.held(stranger, 1);
    expect((await service.call('GET', `/products/${stranger}`)).status).toBe(404);
    expect((await service.call('GET', `/products?ids=${stranger}`)).body.data).toEqual([]);
  });

  test('F31 facts that come twice, out of order and with a gap end at the highest version', async () => {
    const products = await Promise.all(Array.from({ length: 5 }, () => shop.registered()));
    const before = await handled();
    const versions = [1, 4, 2, 2, 9, 9, 3, 1, 8, 4];
    await service.publishAll(
      'product-event',
      versions.flatMap((version) =>
        products.map(({ id }, index) => ({
          type: 'INCREMENT_STOCK' as const,
          key: id,
          payload: fact(version, version * 10 + index),
        })),
      ),
    );
    for (const { id } of products) await shop.held(id, 9);
    for (const { id } of products) await shop.stock(id, 7, 777);
    for (const { id } of products) await shop.stock(id, 9, 999);
    await until('every fact was handled', async () => (await handled()) === before + 60);
    const list = await service.call('GET', `/products?ids=${products.map(({ id }) => id).join(',')}`);
    for (const product of list.body.data as Product[]) {
      expect(product.stock).toBe(90 + products.findIndex(({ id }) => id === product.id));
    }
  });

  test('F31 the very same event again has no effect, and repairs Redis', async () => {
    const { id } = await shop.registered();
    const event = encodeEvent({ source: 'inventory', version: '1' }, 'product-event', 'CREATED', id, fact(1, 3));
    await service.publishRaw('product-event', id, event.payload);
    await shop.held(id, 1);
    await servedFromRedis(id);
    await redis.del(...(await keysOf(id)));
    const [ids, reads] = [await handled(), await rebuilds()];
    await service.publishRaw('product-event', id, event.payload);
    await until('Redis has it again', async () => (await keysOf(id)).length > 0);
    expect(await shop.read(id)).toMatchObject({ stock: 3 });
    expect([await handled(), await rebuilds()]).toEqual([ids, reads]);
  });

  test('a message that cannot be read blocks no other', async () => {
    await service.publishRaw('product-event', newId(), '{"eventType":"STOCK_GONE"}');
    await stocked(1);
  });

  test('an older level that comes late is not written over a newer one', async () => {
    const id = await stocked(50, 5);
    await servedFromRedis(id);
    const before = await handled();
    await shop.stock(id, 4, 40);
    await until('it was handled', async () => (await handled()) > before);
    expect(await shop.read(id)).toMatchObject({ stock: 50 });
  });

  test('an entry lasts no longer than a minute', async () => {
    const id = await stocked(2);
    await servedFromRedis(id);
    for (const key of await keysOf(id)) {
      const left = await redis.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
    }
  });
});

describe('F32 whatever Redis does, reads are right', () => {
  withService('5000');

  test('flushed: a hundred readers of each of three products are one read of the database for each', async () => {
    const ids = await Promise.all([stocked(11), stocked(12), stocked(13)]);
    for (const id of ids) await servedFromRedis(id);
    const before = await rebuilds();
    await redis.del(...(await keysOf()));
    const reads = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => (await shop.read(ids[index % 3]!)).stock! - (index % 3)),
    );
    expect(new Set(reads)).toEqual(new Set([11]));
    expect((await rebuilds()) - before).toBe(3);
  });

  test('a list of many, none of them in Redis, is one read of the database', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => stocked(index)));
    await servedFromRedis(ids[0]!);
    await redis.del(...(await keysOf()));
    const list = await service.call('GET', `/products?ids=${ids.join(',')}&limit=200`);
    const stocks = new Map((list.body.data as Product[]).map(({ id, stock }) => [id, stock]));
    expect(ids.map((id) => stocks.get(id))).toEqual(ids.map((_, index) => index));
    const before = await rebuilds();
    await until('the whole list comes from Redis', async () => {
      const now = await hits();
      await service.call('GET', `/products?ids=${ids.join(',')}&limit=200`);
      return (await hits()) - now === 20;
    });
    expect((await rebuilds()) - before).toBeLessThanOrEqual(20);
  });

  test('nonsense in Redis is no answer', async () => {
    const id = await stocked(21);
    await servedFromRedis(id);
    for (const nonsense of ['', 'x', '1', '99 -1 0', '{"stock":1}']) {
      for (const key of await keysOf(id)) await redis.set(key, nonsense, 'PX', 30_000);
      expect(await shop.read(id)).toMatchObject({ stock: 21 });
    }
    for (const key of await keysOf(id)) {
      await redis.del(key);
      await redis.lpush(key, 'x');
      await redis.pexpire(key, 30_000);
    }
    expect(await shop.read(id)).toMatchObject({ stock: 21 });
    await servedFromRedis(id);
  });

  test('F47 down, and back with what it held before', async () => {
    const id = await stocked(31);
    await servedFromRedis(id);
    const [oldKey] = await keysOf(id);
    const old = await redis.get(oldKey!);
    await proxy.cut();
    expect(await shop.read(id)).toMatchObject({ stock: 31 });
    await shop.stock(id, 2, 32);
    await shop.held(id, 2);
    for (let read = 0; read < 20; read += 1) expect(await shop.read(id)).toMatchObject({ stock: 32 });
    expect((await service.call('GET', '/readyz')).status).toBe(200);
    expect(await redis.get(oldKey!)).toBe(old);
    await proxy.restore();
    await until('Redis is read again, and never for what it held', async () => {
      expect(await shop.read(id)).toMatchObject({ stock: 32 });
      const before = await hits();
      expect(await shop.read(id)).toMatchObject({ stock: 32 });
      return (await hits()) > before;
    });
    expect(await redis.get(oldKey!)).toBe(old);
  });

  test('F47 a new connection alone is reason enough not to trust it', async () => {
    const [id, other] = [await stocked(41), await stocked(1)];
    for (const one of [id, other]) await servedFromRedis(one);
    await proxy.cut();
    // as if Redis came back from an older dump, and nobody had written the product since
    await service.sql('UPDATE product_stock SET available=42, version=2 WHERE product_id=$1', [id]);
    await proxy.restore();
    await servedFromRedis(other);
    expect(await shop.read(id)).toMatchObject({ stock: 42 });
  });

  test('F47 a process that died between commit and Redis: its successor’s start gives the old keys up', async () => {
    const [id, other] = [await stocked(61), await stocked(1)];
    for (const one of [id, other]) await servedFromRedis(one);
    await service.sql('UPDATE product_stock SET available=62, version=2 WHERE product_id=$1', [id]);
    const successor = await service.replica();
    const there = await openShop(successor);
    // what it reads of another product must not make it trust the old key of this one
    await until('the successor reads from Redis', async () => {
      const before = await there.metric('product_cache_hits_total');
      await there.read(other);
      return (await there.metric('product_cache_hits_total')) > before;
    });
    expect(await there.read(id)).toMatchObject({ stock: 62 });
    await until('the first has read the raised generation', async () => (await shop.read(id)).stock === 62);
  });

  test('F15 what a restored inventory states again is shown, out of Redis as well: less than before, and no change', async () => {
    const id = await stocked(50);
    for (const [version, available] of [
      [2, 60],
      [9, 70],
    ] as const)
      await shop.stock(id, version, available);
    await shop.held(id, 9);
    await servedFromRedis(id);
    expect(await shop.read(id)).toMatchObject({ stock: 70 });
    // before it has noticed that it was restored
    await shop.stock(id, 3, 55);
    await service.publish('product-event', 'INCREMENT_STOCK', id, {
      delta: 0,
      onHand: 53,
      reserved: 3,
      available: 50,
      version: 28_800_001,
    });
    await shop.held(id, 28_800_001);
    await until('what inventory says is shown', async () => (await shop.read(id)).stock === 50);
    await servedFromRedis(id);
    expect(await shop.read(id)).toMatchObject({ stock: 50 });
  });

  test('F47 the database was restored: what Redis holds of the time after the backup is not read', async () => {
    const id = await stocked(81);
    await servedFromRedis(id);
    const known = async (): Promise<number> =>
      Number((await service.sql<{ g: string }>('SELECT generation g FROM stock_generation'))[0]!.g);
    const backup = await known();
    // after the backup: another generation, and under it another level
    await proxy.cut();
    await proxy.restore();
    await until('the generation was raised', async () => (await known()) > backup);
    await shop.stock(id, 2, 82);
    await shop.held(id, 2);
    await servedFromRedis(id);
    expect(await shop.read(id)).toMatchObject({ stock: 82 });
    await service.sql(
      `WITH g AS (UPDATE stock_generation SET generation=generation-1)
       UPDATE product_stock SET available=81, version=1 WHERE product_id=$1`,
      [id],
    );
    await until('what the database says is what is read', async () => (await shop.read(id)).stock === 81);
    await servedFromRedis(id);
    expect(await shop.read(id)).toMatchObject({ stock: 81 });
  });

  test('F47 a reading that a raise overtakes is kept under the generation of its own time', async () => {
    const id = await stocked(91);
    await servedFromRedis(id);
    const blocker = new pg.Client({ connectionString: service.databaseUrl });
    await blocker.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE stock_generation IN ACCESS EXCLUSIVE MODE');
      await redis.del(...(await keysOf(id)));
      const reading = shop.read(id);
      // one is the look at the generation that each process takes from time to time
      await until('it is paused within its read', async () => {
        const { rows } = await blocker.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'`,
        );
        return rows[0]!.n >= 2;
      });
      // meanwhile another process stores a level, cannot bring it to Redis, and raises the generation
      await blocker.query('UPDATE product_stock SET available=92, version=2 WHERE product_id=$1', [id]);
      await blocker.query('UPDATE stock_generation SET generation=generation+1');
      await blocker.query('COMMIT');
      await reading;
    } finally {
      await blocker.end();
    }
    await servedFromRedis(id);
    expect(await shop.read(id)).toMatchObject({ stock: 92 });
  });

  test('F47 and when nobody notices, what is old lapses by itself', async () => {
    const brief = await service.replica({ STOCK_TIME_MS: '500', REDIS_PREFIX: `${service.topicPrefix}brief.` });
    const id = await stocked(71);
    const read = async (): Promise<unknown> => (await brief.call('GET', `/products/${id}`)).body.stock;
    await until('it is in Redis', async () => {
      expect(await read()).toBe(71);
      return (await redis.keys(`${service.topicPrefix}brief.stock:*:${id}`)).length > 0;
    });
    await service.sql('UPDATE product_stock SET available=72, version=2 WHERE product_id=$1', [id]);
    await until('the old level has expired', async () => (await read()) === 72);
  });
});

describe('F32 Redis that is slow', () => {
  withService('200');

  test('it is not waited for, and trusted again only under new keys', async () => {
    const id = await stocked(51);
    await servedFromRedis(id);
    proxy.hang();
    const [first] = await Promise.all([shop.read(id), shop.read(id), shop.read(id)]);
    expect(first).toMatchObject({ stock: 51 });
    await shop.stock(id, 2, 52);
    await shop.held(id, 2);
    await until('the write timed out', async () => (await shop.read(id)).stock === 52);
    for (let read = 0; read < 10; read += 1) expect(await shop.read(id)).toMatchObject({ stock: 52 });
    await proxy.restore();
    await servedFromRedis(id);
    expect(await shop.read(id)).toMatchObject({ stock: 52 });
  });
});
