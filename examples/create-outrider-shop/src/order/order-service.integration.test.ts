import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { shopOrderService } from './order-service.js';

// The order service of this shop on real servers; what other services would send is published by hand.
let order: TestService;
beforeAll(async () => {
  order = await startTestService(shopOrderService);
});
afterAll(() => order.close());

/** The catalogue registers a product. */
async function product(price: number): Promise<string> {
  const id = newId();
  const tea = { sku: `TEA-${id}`, name: 'Tea', price, currency: 'EUR', initialStock: 0, version: 1 };
  await order.publish('catalog-event', 'PRODUCT_REGISTERED', id, tea);
  await order.until(
    'order knows the product',
    async () => (await order.sql('SELECT 1 FROM catalog_product WHERE id=$1', [id])).length === 1,
  );
  return id;
}

test('an order costs what this shop says', async () => {
  const items = [{ productId: await product(890), quantity: 2 }];
  const placed = await order.call('POST', '/orders', {
    token: await order.token('alice', 'customer'),
    headers: { 'idempotency-key': randomUUID() },
    body: { items, currency: 'EUR', paymentMethod: 'pm_card' },
  });
  expect(placed).toMatchObject({ status: 201, body: { status: 'CREATED', total: 1_780 } });
});
