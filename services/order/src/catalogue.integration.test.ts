import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Transactor } from '@outrider/service-kit/database';
import { applyProducts } from './commands/apply-products.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.service.close());

type Said = 'PRICE_CHANGED' | 'PRODUCT_RETIRED' | 'PRODUCT_REINSTATED';

const say = ({ id, sku, name, currency }: Product, type: Said, version: number, price = 250) =>
  shop.service.publish('catalog-event', type, id, { sku, name, currency, price, version });
const known = ({ id }: Product, version: number) =>
  shop.service.until(`version ${version} is known`, async () => {
    const rows = await shop.service.sql('SELECT FROM catalog_product WHERE id=$1 AND version=$2', [id, version]);
    return rows.length === 1;
  });
const buy = async ({ id }: Product) => {
  const { status, body } = await shop.place({ items: [{ productId: id, quantity: 2 }] });
  return status === 201 ? body.total : body.type;
};

test('a product that is brought back can be ordered again, whatever comes late', async () => {
  const product = await shop.product();
  await say(product, 'PRODUCT_RETIRED', 2);
  await known(product, 2);
  expect(await buy(product)).toBe('/problems/product-retired');
  await say(product, 'PRODUCT_REINSTATED', 3, 275);
  await known(product, 3);
  expect(await buy(product)).toBe(550);
  await say(product, 'PRODUCT_RETIRED', 2);
  await say(product, 'PRICE_CHANGED', 4, 280);
  await known(product, 4);
  expect(await buy(product)).toBe(560);
});

test('an older event that comes alone changes nothing', async () => {
  const product = await shop.product();
  await say(product, 'PRICE_CHANGED', 3, 310);
  await known(product, 3);
  const older = { ...product, price: 100, version: 2, retired: true };
  await shop.service.app.get(Transactor).run((tx) => applyProducts(tx, [older]));
  expect(await buy(product)).toBe(620);
});

test('what came together counts by its version, and retired is what the newest says', async () => {
  const [back, gone] = [await shop.product(), await shop.product()];
  const facts = (product: Product, version: number, price: number) => ({
    sku: product.sku,
    name: product.name,
    currency: product.currency,
    price,
    version,
  });
  await shop.service.publishAll('catalog-event', [
    { type: 'PRODUCT_REINSTATED', key: back.id, payload: facts(back, 5, 300) },
    { type: 'PRODUCT_RETIRED', key: back.id, payload: facts(back, 4, 250) },
    { type: 'PRODUCT_RETIRED', key: gone.id, payload: facts(gone, 5, 300) },
    { type: 'PRODUCT_REINSTATED', key: gone.id, payload: facts(gone, 4, 250) },
  ]);
  await known(back, 5);
  await known(gone, 5);
  expect([await buy(back), await buy(gone)]).toEqual([600, '/problems/product-retired']);
});

test('F15 what a restored catalogue states again is charged, though it is what was so before', async () => {
  const [cheaper, sold] = [await shop.product(), await shop.product()];
  await say(cheaper, 'PRICE_CHANGED', 9, 320);
  await say(sold, 'PRODUCT_RETIRED', 9);
  await known(cheaper, 9);
  await known(sold, 9);
  // the restored database knows neither; versions of its own that are too low change nothing
  await say(cheaper, 'PRICE_CHANGED', 2, 260);
  await say(cheaper, 'PRICE_CHANGED', 28_800_000, 250);
  await say(sold, 'PRICE_CHANGED', 28_800_000, 250);
  await known(cheaper, 28_800_000);
  await known(sold, 28_800_000);
  expect([await buy(cheaper), await buy(sold)]).toEqual([500, 500]);
});

test('F15 order itself restored from a backup gets the products again, and charges what the catalogue says', async () => {
  const product = await shop.product();
  await say(product, 'PRICE_CHANGED', 2, 300);
  const id = await say(product, 'PRICE_CHANGED', 3, 310);
  await known(product, 3);
  const { rows } = { rows: await shop.service.sql('SELECT topic, partition, next_offset FROM inbox_offset') };
  expect(rows.length).toBeGreaterThan(0);
  // as it was before the second change
  await shop.service.sql(`WITH p AS (UPDATE catalog_product SET price=300, version=2 WHERE id='${product.id}')
    DELETE FROM inbox_event WHERE event_id='${id}'`);
  await shop.service.sql("UPDATE inbox_offset SET next_offset=0 WHERE topic LIKE '%catalog-event'");
  await shop.product();
  await known(product, 3);
  expect(await buy(product)).toBe(620);
});
