import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Adjustment } from '@outrider/contracts';
import { stepsOf } from './guide.js';
import { copySources, type SourceTree } from './source-tree.js';

let shop: SourceTree;

beforeAll(async () => {
  shop = await copySources();
  await shop.apply(stepsOf('A policy'));
});
afterAll(() => shop.remove());

test('a policy that is added as docs/extending.md says has its effect on a total', async () => {
  const { orderService } = await shop.load<OrderService>('services/order/src/order.module.ts');
  const { priceOrder } = await shop.load<Prices>('services/order/src/domain/price-order.ts');
  const { createMetrics, Readings } = await shop.load<Metrics>('packages/service-kit/src/metrics/index.ts');
  const metrics = createMetrics('0.1.0');
  const readings = new Readings(metrics.registry, ['order']);
  const bound = orderService.module({ config: {}, transactor: {}, metrics, readings, log: console });
  const placing = bound.providers.find(({ provide }) => provide.name === 'PlaceOrder')?.useValue;
  const total = (quantity: number): number => {
    const lines = [{ quantity, unitPrice: 895 }];
    return priceOrder(lines, placing!.settings.pricing.adjustmentsOf({ lines })).total;
  };
  expect([total(9), total(10), total(11)]).toEqual([8055, 8055, 8860]);
});

type Lines = readonly { readonly quantity: number; readonly unitPrice: number }[];
type Adjustments = readonly Adjustment[];

/** What is tried of order: what it is wired from, and what an order costs. */
interface OrderService {
  readonly orderService: {
    module(context: object): {
      readonly providers: readonly {
        readonly provide: { readonly name: string };
        readonly useValue: { settings: { pricing: { adjustmentsOf(order: { lines: Lines }): Adjustments } } };
      }[];
    };
  };
}
interface Prices {
  readonly priceOrder: (lines: Lines, adjustments: Adjustments) => { readonly total: number };
}
interface Metrics {
  readonly createMetrics: (version: string) => { readonly registry: object };
  readonly Readings: new (registry: object, databases: readonly string[]) => object;
}
