import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { inventoryServiceWith } from './inventory.module.js';
import { KEYS, openWarehouse } from './testing/warehouse.js';

test('a shop’s own policy decides how long stock is kept', async () => {
  const minutes = (quantity: number): number => quantity * 60_000;
  const warehouse = await openWarehouse(
    {},
    inventoryServiceWith({
      reservationTime: {
        keepFor: ([line]) => minutes(line?.quantity ?? 0),
        keepAtMost: () => minutes(60),
      },
    }),
  );
  try {
    const product = await warehouse.product(9);
    const order = newId();
    await warehouse.create(order, [{ productId: product, quantity: 7 }]);
    await warehouse.untilSent(order, 1);
    const { body } = await warehouse.service.call('GET', `/reservations?orderId=${order}`, { apiKey: KEYS.read });
    const [{ createdAt, expiresAt }] = body.data as [{ createdAt: string; expiresAt: string }];
    // made by the database's clock in one transaction, a statement apart
    const keptMs = Date.parse(expiresAt) - Date.parse(createdAt);
    expect(keptMs).toBeGreaterThanOrEqual(minutes(7));
    expect(keptMs).toBeLessThan(minutes(8));
  } finally {
    await warehouse.service.close();
  }
});
