import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type * as contracts from '@outrider/contracts';
import type * as schemas from '@outrider/contracts/schemas';
import { PROJECT_ROOT } from '../run/project.js';
import { stepsBelow } from './guide.js';
import { copySources, type SourceTree } from './source-tree.js';

const GUIDE = readFileSync(join(PROJECT_ROOT, 'docs/extending.md'), 'utf8');
const READ = 'In one version: read it';
const SEND = 'In the next version: send it';

/** Some seconds; on a machine that is busy, many. */
const COMPILING_MS = 240_000;

const sourceIn = <T>(tree: SourceTree, file: string): Promise<T> => import(tree.path(file)) as Promise<T>;
const filesOf = (heading: string): ReadonlySet<string> => new Set(stepsBelow(GUIDE, heading).map(({ path }) => path));

/** The version that only reads the new type; and the next one, with everything that the guide adds. */
let reading: SourceTree;
let extended: SourceTree;

beforeAll(async () => {
  [reading, extended] = [await copySources(), await copySources()];
  await reading.apply(stepsBelow(GUIDE, READ));
  await extended.apply(stepsBelow(GUIDE, READ));
  await extended.apply(stepsBelow(GUIDE, SEND));
  await extended.apply(stepsBelow(GUIDE, 'A policy'));
});
afterAll(() => Promise.all([reading, extended].map((tree) => tree.remove())));

test('docs/extending.md adds each in three files at most', () => {
  for (const heading of ['An event type', 'A policy']) {
    const files = filesOf(heading);
    expect([heading, files.size > 0 && files.size <= 3, ...files]).toEqual([heading, true, ...files]);
  }
});

test(
  'all of it compiles together',
  async () => {
    const services = ['order', 'inventory', 'payment', 'product'];
    expect(await extended.compile(services.map((service) => `services/${service}/src/main.ts`))).toBe('');
  },
  COMPILING_MS,
);

describe('F03 an event type that is added as docs/extending.md says', () => {
  type Contracts = typeof contracts;
  type Schemas = typeof schemas;
  const CONTRACTS = 'packages/contracts/src/index.ts';
  const SCHEMAS = 'packages/contracts/src/schemas/index.ts';
  const from = { source: 'inventory', version: '1' };
  const fact = { delta: -1, onHand: 9, reserved: 0, available: 9, version: 6, countedAt: '2026-01-02T03:04:05.678Z' };
  // the types of this checkout do not know it
  const counted = [
    'product-event',
    'STOCK_COUNTED' as 'CREATED',
    '0190a6c2-7f1e-7c3a-9b57-3d2f8e1a4b60',
    fact,
  ] as const;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  test('is read by the first version, and not sent', async () => {
    const { decodeEvent, encodeAhead, encodeEvent } = await sourceIn<Contracts>(reading, CONTRACTS);
    expect(() => encodeEvent(from, ...counted)).toThrow('STOCK_COUNTED of product-event is unsent');
    const ahead = encodeAhead(from, ...counted);
    expect(decodeEvent('product-event', bytes(ahead.payload))).toMatchObject({ ok: true, event: { payload: fact } });
  });

  test(
    'does not even compile where the first version sends it',
    async () => {
      const sending = (type: string): string =>
        `encodeEvent({ source: 'x', version: '1' }, 'product-event', '${type}', 'x', payload);`;
      const text = [
        "import { encodeEvent, type PayloadOf } from './index.js';",
        "export function send(payload: PayloadOf<'product-event', 'STOCK_COUNTED'>) {",
        `  ${sending('CREATED')}`,
        '  // @ts-expect-error it is unsent',
        `  ${sending('STOCK_COUNTED')}`,
        '}',
      ].join('\n');
      const path = 'packages/contracts/src/sending.ts';
      await reading.apply([{ kind: 'new file', path, text }]);
      expect(await reading.compile([path])).toBe('');
    },
    COMPILING_MS,
  );

  test('is sent by the next one, and read by the first', async () => {
    const { encodeEvent } = await sourceIn<Contracts>(extended, CONTRACTS);
    const { decodeEvent } = await sourceIn<Contracts>(reading, CONTRACTS);
    const { payload } = encodeEvent(from, ...counted);
    expect(decodeEvent('product-event', bytes(payload))).toMatchObject({ ok: true, event: { payload: fact } });
  });

  test('is compatible version by version, and not when a version is left out', async () => {
    const before = await sourceIn<Schemas>(reading, SCHEMAS);
    const { presentContracts } = await sourceIn<Schemas>(extended, SCHEMAS);
    const { presentContracts: ofNow } = await import('@outrider/contracts/schemas');
    const breaks = (old: schemas.ContractSet, now: schemas.ContractSet): readonly string[] =>
      [...before.unreadByReleased(old, now), ...before.unreadByPresent(old, now)].map(({ at }) => at);
    expect(breaks(ofNow(), before.presentContracts())).toEqual([]);
    expect(breaks(before.presentContracts(), presentContracts())).toEqual([]);
    expect(breaks(ofNow(), presentContracts())).toEqual(['product-event STOCK_COUNTED']);
  });

  test('stands in the documents', async () => {
    const { eventDocuments } = await sourceIn<Schemas>(extended, SCHEMAS);
    expect(eventDocuments('1.0.0').get('docs/events/README.md')).toContain('STOCK_COUNTED: The pieces were counted');
  });

  test('has its effect in the reader', async () => {
    const file = 'services/product/src/events/stock-facts.ts';
    const { stockFactsSubscription } = await sourceIn<StockFacts>(reading, file);
    const { encodeAhead } = await sourceIn<Contracts>(reading, CONTRACTS);
    const taken: { readonly available: number; readonly asOf: number }[] = [];
    const subscription = stockFactsSubscription({ execute: async (_, facts) => void taken.push(...facts) });
    const { event } = subscription.decode(bytes(encodeAhead(from, ...counted).payload));
    await subscription.handle({ sql: undefined }, [{ event }], []);
    expect(taken).toEqual([expect.objectContaining({ available: 9, asOf: Date.parse(fact.countedAt) })]);
  });
});

test('a policy that is added as docs/extending.md says has its effect on a total', async () => {
  const { orderService } = await sourceIn<OrderService>(extended, 'services/order/src/order.module.ts');
  const { totalOf } = await sourceIn<Quotes>(extended, 'services/order/src/domain/quote-order.ts');
  const { createMetrics } = await sourceIn<Metrics>(extended, 'packages/service-kit/src/metrics/index.ts');
  const bound = orderService.module({ config: {}, transactor: {}, metrics: createMetrics('order'), log: console });
  const placing = bound.providers.find(({ provide }) => provide.name === 'PlaceOrder')?.useValue;
  const total = (quantity: number): number => {
    const lines = [{ quantity, unitPrice: 895 }];
    return totalOf(lines, placing!.settings.pricing.adjustmentsOf({ lines }));
  };
  expect([total(9), total(10), total(11)]).toEqual([8055, 8055, 8860]);
});

type Lines = readonly { readonly quantity: number; readonly unitPrice: number }[];
type Adjustments = readonly contracts.Adjustment[];

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
interface Quotes {
  readonly totalOf: (lines: Lines, adjustments: Adjustments) => number;
}
interface Metrics {
  readonly createMetrics: (service: string) => object;
}

/** What product's handler is, as far as it is tried here. */
interface StockFacts {
  readonly stockFactsSubscription: (take: {
    execute(sql: unknown, facts: readonly { available: number; asOf: number }[]): Promise<void>;
  }) => {
    decode(value: Uint8Array): { readonly event: unknown };
    handle(tx: { sql: unknown }, messages: readonly { event: unknown }[], seen: readonly never[]): Promise<unknown>;
  };
}
