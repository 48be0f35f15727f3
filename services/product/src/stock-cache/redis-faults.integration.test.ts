import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Product } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { InfraError, OwnRedis, until } from '@outrider/testkit';
import { Redis } from 'ioredis';
import { productService } from '../product.module.js';
import { Readers } from '../testing/readers.js';
import { openShop, type Shop } from '../testing/shop.js';

// Where there is Docker and nothing else, no server can be had whose process a test may stop.
const own = await OwnRedis.open().catch((error: unknown) => {
  if (error instanceof InfraError) return undefined;
  throw error;
});

(own === undefined ? describe.skip : describe)('a Redis of its own under two replicas (needs a Redis server)', () => {
  let service: TestService;
  let replicas: readonly TestService[];
  let shop: Shop;
  let client: Redis;
  let products: readonly Product[];
  let version = 1;

  beforeAll(async () => {
    const env = { REDIS_URL: own!.url, REDIS_TIMEOUT_MS: '1000', GENERATION_POLL_MS: '100' };
    service = await startTestService(productService, { env });
    replicas = [service, await service.replica()];
    shop = await openShop(service);
    client = new Redis(own!.url);
    client.on('error', () => {});
    products = await Promise.all(Array.from({ length: 5 }, () => shop.registered()));
    for (const { id } of products) await shop.stock(id, 1, 1);
    for (const { id } of products) await shop.held(id, 1);
    await everyoneReads(1);
  });
  afterAll(async () => {
    client.disconnect();
    await service.close();
    await own![Symbol.asyncDispose]();
  });

  const pathOfAll = (): string => `/products?ids=${products.map(({ id }) => id).join(',')}`;

  /** Inventory says of every product that there is one piece more; its level is its version. */
  async function restock(): Promise<number> {
    version += 1;
    for (const { id } of products) await shop.stock(id, version, version);
    for (const { id } of products) await shop.held(id, version);
    return version;
  }

  /** Waits until both replicas show this level of every product. */
  async function everyoneReads(level: number): Promise<void> {
    for (const replica of replicas) {
      await until(`${replica.url} shows ${level}`, async () => {
        const { status, body } = await replica.call('GET', pathOfAll());
        expect(status).toBe(200);
        return (body.data as Product[]).every(({ stock }) => stock === level);
      });
    }
  }

  /** Waits until both replicas take what they show out of Redis. */
  async function everyoneReadsRedis(): Promise<void> {
    for (const replica of replicas) {
      const there = await openShop(replica);
      const hits = (): Promise<number> => there.metric('product_cache_hits_total');
      await until(`${replica.url} reads from Redis`, async () => {
        const before = await hits();
        await replica.call('GET', pathOfAll());
        return (await hits()) - before >= products.length;
      });
    }
  }

  const mgets = async (): Promise<number> =>
    Number(/cmdstat_mget:calls=(\d+)/u.exec(await client.info('commandstats'))?.[1] ?? 0);

  test('F32 a list is one round trip to Redis for the stock of all its products', async () => {
    await everyoneReadsRedis();
    const before = await mgets();
    await service.call('GET', pathOfAll());
    expect((await mgets()) - before).toBe(1);
  });

  test('F32 flushed while a hundred read: right, and each process reads the database once for each product', async () => {
    await everyoneReadsRedis();
    const shops = await Promise.all(replicas.map((replica) => openShop(replica)));
    const rebuilds = async (): Promise<number[]> =>
      Promise.all(shops.map((there) => there.metric('product_cache_rebuilds_total')));
    const before = await rebuilds();
    await own!.flush();
    const read = await Promise.all(
      Array.from({ length: 100 }, (_, at) => replicas[at % 2]!.call('GET', `/products/${products[at % 5]!.id}`)),
    );
    expect(new Set(read.map(({ body }) => body.stock))).toEqual(new Set([version]));
    const after = await rebuilds();
    for (const [at, count] of after.entries()) expect(count - before[at]!).toBeLessThanOrEqual(products.length);
  });

  test('F32 stopped, and back with nothing: no read fails, and what changed meanwhile is seen at once', async () => {
    await using readers = new Readers(replicas, products);
    await own!.kill();
    await readers.more(20);
    const level = await restock();
    await everyoneReads(level);
    readers.noLessThan(level);
    await readers.more(20);
    await own!.start();
    await everyoneReadsRedis();
    await everyoneReads(level);
    expect(readers.failures).toEqual([]);
  });

  test('F32 hung, and going on as if nothing had been: no read fails, and the numbers are right', async () => {
    await using readers = new Readers(replicas, products);
    own!.pause();
    await readers.more(20);
    const level = await restock();
    await everyoneReads(level);
    await readers.more(20);
    own!.resume();
    await everyoneReadsRedis();
    await everyoneReads(level);
    expect(readers.failures).toEqual([]);
  });

  test('F32 full, and a replica for a while: no read fails, and what changed meanwhile is seen at once', async () => {
    for (const [break_, repair] of [
      [() => client.config('SET', 'maxmemory', '1'), () => client.config('SET', 'maxmemory', '0')],
      [() => client.replicaof('127.0.0.1', '1'), () => client.replicaof('NO', 'ONE')],
    ] as const) {
      await using readers = new Readers(replicas, products);
      await everyoneReadsRedis();
      await break_();
      await readers.more(20);
      const level = await restock();
      await everyoneReads(level);
      readers.noLessThan(level);
      await readers.more(20);
      await repair();
      await everyoneReadsRedis();
      expect(readers.failures).toEqual([]);
    }
  });

  test('F47 back with an old dump: what it holds then is not read', async () => {
    await everyoneReadsRedis();
    await client.set('dumped', 'yes');
    await own!.save();
    const level = await restock();
    await everyoneReads(level);
    await using readers = new Readers(replicas, products);
    readers.noLessThan(level);
    await own!.kill();
    await own!.start();
    await until('the dump was loaded', async () => (await client.get('dumped')) === 'yes');
    await everyoneReadsRedis();
    await readers.more(20);
    expect(readers.failures).toEqual([]);
  });

  test('F47 stopped while its dump grows old and stock changes, several times over', async () => {
    await using readers = new Readers(replicas, products);
    for (let round = 0; round < 3; round += 1) {
      await everyoneReadsRedis();
      await own!.save();
      await own!.kill();
      const level = await restock();
      await everyoneReads(level);
      readers.noLessThan(level);
      await own!.start();
      await readers.more(20);
    }
    await everyoneReadsRedis();
    await everyoneReads(version);
    expect(readers.failures).toEqual([]);
  });
});
