import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../run/project.js';
import { stepsOf, type Step } from './guide.js';
import { COMPILING_MS, copySources, type SourceTree } from './source-tree.js';

/** What a shop adds in a folder of its own, in the order of the guide. */
const OWN = [
  'An order field',
  'A policy',
  'A check',
  'A payment provider',
  'An event of its own',
  'An API operation',
] as const;

const linesOf = (text: string): number => text.split('\n').length - 1;

/** Lines that a step adds, without blank ones being left out. */
function added(step: Step): number {
  switch (step.kind) {
    case 'new file':
      return linesOf(step.text);
    case 'copy':
      return linesOf(readFileSync(join(PROJECT_ROOT, step.from), 'utf8'));
    case 'change':
      return step.places.reduce((sum, { before, after }) => sum + Math.max(0, linesOf(after) - linesOf(before)), 0);
  }
}

test.each([...OWN, 'An event type'])('%s takes as many files and lines as the guide’s table says', (heading) => {
  const steps = stepsOf(heading);
  const files = new Set(steps.map(({ path }) => path)).size;
  const lines = steps.reduce((sum, step) => sum + added(step), 0);
  const guide = readFileSync(join(PROJECT_ROOT, 'docs/extending.md'), 'utf8');
  const row = new RegExp(`^\\| \\[?${heading}.* \\|$`, 'mu').exec(guide)?.[0];
  expect(row?.split('|').slice(2, 4).map(Number)).toEqual([files, lines]);
});

test.each(OWN)('%s changes nothing but the shop’s own folder', (heading) => {
  for (const { path } of stepsOf(heading)) expect(path).toMatch(/^examples\/my-shop\//u);
});

describe('a shop with all that docs/extending.md adds', () => {
  let tree: SourceTree;
  beforeAll(async () => {
    tree = await copySources();
    for (const heading of ['A shop of its own', ...OWN]) await tree.apply(stepsOf(heading));
  });
  afterAll(() => tree.remove());

  test(
    'compiles',
    async () => {
      const services = ['order', 'inventory', 'payment', 'product'];
      const mains = services.map((service) => `examples/my-shop/src/${service}/main.ts`);
      expect(await tree.compile([...mains, 'examples/my-shop/src/payment/acme-bank-main.ts'])).toBe('');
    },
    COMPILING_MS,
  );

  test('has its own prices, fields, provider and operation', async () => {
    const { orderFields } = await tree.load<Fields>('examples/my-shop/src/order/order-fields.ts');
    expect(orderFields.parse({ gift: 'yes' })).toEqual({ gift: true });
    expect(orderFields.safeParse({ 'delivery-day': 'Monday' }).success).toBe(false);
    const { VolumeDiscount } = await tree.load<Discount>('examples/my-shop/src/order/volume-discount.ts');
    const lines = [{ quantity: 10, unitPrice: 895 }];
    expect(new VolumeDiscount(10, 10).adjustmentsOf({ lines })).toMatchObject([{ amount: -895 }]);
    const { LargeOrders } = await tree.load<Check>('examples/my-shop/src/order/large-orders.ts');
    const check = new LargeOrders(100_000);
    expect([99_999, 100_000].map((total) => check.concerns({ order: { total } }))).toEqual([false, true]);
    expect(await check.ask({ lines: [{ quantity: 1_001 }] })).toEqual({ verdict: 'refuse', code: 'not-for-resale' });
    const { shopPaymentService } = await tree.load<Payment>('examples/my-shop/src/payment/payment-service.ts');
    expect(shopPaymentService.config.safeParse({ PAYMENT_PROVIDER: 'acme' }).error?.message).toContain('ACME_TOKEN');
    const { shopInventoryService } = await tree.load<Inventory>('examples/my-shop/src/inventory/inventory-service.ts');
    expect(shopInventoryService.topics).toMatchObject([{ name: 'my-shop-delivery-event', partitions: 12 }]);
    const { shopProductService } = await tree.load<Product>('examples/my-shop/src/product/product-service.ts');
    expect(shopProductService.controllers.map(({ name }) => name)).toContain('OpeningHoursController');
  });
});

describe('an event type that is added as docs/extending.md says', () => {
  let tree: SourceTree;
  beforeAll(async () => {
    tree = await copySources();
    await tree.apply(stepsOf('In one version: read it'));
  });
  afterAll(() => tree.remove());

  test(
    'leaves everything compiling, the commands above all, in the version that only reads it',
    async () => {
      const commands = readdirSync(join(PROJECT_ROOT, 'scripts/src/bin'))
        .filter((file) => !file.endsWith('.test.ts'))
        .map((file) => `scripts/src/bin/${file}`);
      const services = ['order', 'inventory', 'payment', 'product', 'outbox-worker', 'reconciler'];
      const mains = services.map((service) => `services/${service}/src/main.ts`);
      expect(await tree.compile([...commands, ...mains, 'examples/custom-shop/src/warehouse/main.ts'])).toBe('');
    },
    COMPILING_MS,
  );
});

interface Parsed {
  readonly success: boolean;
  readonly error?: { readonly message: string };
}
interface Fields {
  readonly orderFields: { parse(metadata: object): unknown; safeParse(metadata: object): Parsed };
}
interface Discount {
  readonly VolumeDiscount: new (pieces: number, percent: number) => { adjustmentsOf(order: object): unknown };
}
interface Check {
  readonly LargeOrders: new (reviewedFrom: number) => {
    concerns(order: object): boolean;
    ask(order: object): Promise<unknown>;
  };
}
interface Payment {
  readonly shopPaymentService: { readonly config: { safeParse(env: object): Parsed } };
}
interface Inventory {
  readonly shopInventoryService: { readonly topics: readonly object[] };
}
interface Product {
  readonly shopProductService: { readonly controllers: readonly { readonly name: string }[] };
}
