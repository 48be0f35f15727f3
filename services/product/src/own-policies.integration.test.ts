import { expect, test } from '@jest/globals';
import { ProblemError } from '@outrider/contracts';
import { startTestService } from '@outrider/service-kit/testing';
import { productServiceWith } from './product.module.js';
import { openShop } from './testing/shop.js';

test('a shop’s own policy decides which prices the catalogue takes', async () => {
  const service = await startTestService(
    productServiceWith({
      price: {
        check({ price }) {
          if (price < 50) throw new ProblemError('amount-not-supported', 'Nothing is sold for less than 50 cents');
        },
      },
    }),
  );
  try {
    const shop = await openShop(service);
    const refused = {
      status: 409,
      body: { type: '/problems/amount-not-supported', detail: 'Nothing is sold for less than 50 cents' },
    };
    expect(await shop.register({ price: 49 })).toMatchObject(refused);
    const { id } = await shop.registered({ price: 50 });
    const change = (price: number) => service.call('PATCH', `/products/${id}`, { token: shop.admin, body: { price } });
    expect(await change(49)).toMatchObject(refused);
    expect(await change(51)).toMatchObject({ status: 200, body: { price: 51 } });
  } finally {
    await service.close();
  }
});
