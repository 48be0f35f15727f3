import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor, type SqlClient } from '@outrider/service-kit/database';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import type { StockFact } from '../../domain/stock.js';
import { productService } from '../../product.module.js';
import { openShop, type Shop } from '../../testing/shop.js';
import { hasSuccessor } from './has-successor.js';
import { knownProducts } from './known-products.js';
import { pageProducts } from './page-products.js';
import { raiseGeneration } from './raise-generation.js';
import { raiseVersions } from './raise-versions.js';
import { readStockLevels } from './read-stock-levels.js';
import { storeStockFacts } from './store-stock-facts.js';

let service: TestService;
let shop: Shop;
beforeAll(async () => {
  service = await startTestService(productService);
  shop = await openShop(service);
});
afterAll(() => service.close());

const run = <T>(work: (sql: SqlClient) => Promise<T>): Promise<T> =>
  service.app.get(Transactor).run(({ sql }) => work(sql), 1);
const registered = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push((await shop.registered()).id);
  return ids;
};

test('a product has a successor when a later one has its sku, not when there is a later one', async () => {
  const [one, later] = (await registered(2)) as [string, string];
  expect(await run((sql) => hasSuccessor(sql, one))).toBe(false);
  await service.sql('UPDATE product SET retired=true WHERE id=$1', [one]);
  await service.sql('UPDATE product SET sku=(SELECT sku FROM product WHERE id=$1) WHERE id=$2', [one, later]);
  expect(await run((sql) => hasSuccessor(sql, one))).toBe(true);
  expect(await run((sql) => hasSuccessor(sql, later))).toBe(false);
});

test('each of several products is known', async () => {
  const ids = await registered(2);
  expect(await run((sql) => knownProducts(sql, [newId(), ...ids]))).toEqual(new Set(ids));
});

test('a list ends before its horizon', async () => {
  const [first, second] = await registered(2);
  const [row] = await service.sql<{ position: string }>('SELECT position FROM product WHERE id=$1', [second]);
  const page = await run((sql) => pageProducts(sql, { limit: 200, horizon: Number(row!.position) }));
  expect(page.at(-1)?.id).toBe(first);
});

test('versions are raised to the floor from behind a product on, each once', async () => {
  const ids = (await registered(3)).toSorted();
  const raised = () =>
    run(async (sql) => (await raiseVersions(sql, 7, ids[0]!, 9)).map(({ id, version }) => [id, version]));
  expect(await raised()).toEqual(ids.slice(1).map((id) => [id, 7]));
  expect(await raised()).toEqual([]);
});

test('stock is kept whole, by its highest version', async () => {
  const productIds = [newId(), newId()];
  const stock = (version: number, onHand: number): StockFact[] =>
    productIds.map((productId, n) => {
      return { productId, version, onHand, reserved: n + version, available: onHand - n - version, asOf: version };
    });
  for (const facts of [stock(1, 50), stock(3, 60), stock(3, 70), stock(2, 80)]) {
    await run((sql) => storeStockFacts(sql, facts));
  }
  const { levels } = await run((sql) => readStockLevels(sql, productIds));
  const rows = await service.sql<{ product_id: string; on_hand: string; reserved: string }>(
    'SELECT product_id,on_hand,reserved FROM product_stock WHERE product_id=ANY($1)',
    [productIds],
  );
  for (const { productId, available, version, asOf, onHand, reserved } of stock(3, 60)) {
    expect(levels.get(productId)).toEqual({ available, version, asOf });
    const row = rows.find(({ product_id: id }) => id === productId);
    expect([Number(row?.on_hand), Number(row?.reserved)]).toEqual([onHand, reserved]);
  }
});

test('a generation is above the one before it, and not below the time', async () => {
  const before = Date.now() - 1_000;
  expect(await run(raiseGeneration)).toBeGreaterThan(before);
  const ahead = Date.now() + 3_600_000;
  await service.sql('UPDATE stock_generation SET generation=$1', [ahead]);
  expect(await run(raiseGeneration)).toBe(ahead + 1);
});
