import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type * as contracts from '@outrider/contracts';
import type * as schemas from '@outrider/contracts/schemas';
import { stepsOf } from './guide.js';
import { COMPILING_MS, copySources, type SourceTree } from './source-tree.js';

/** The version that only reads the new type; and the next one, which sends it. */
let reading: SourceTree;
let sending: SourceTree;

beforeAll(async () => {
  [reading, sending] = [await copySources(), await copySources()];
  await reading.apply(stepsOf('In one version: read it'));
  await sending.apply(stepsOf('An event type'));
});
afterAll(() => Promise.all([reading, sending].map((tree) => tree.remove())));

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
    const { decodeEvent, encodeUnsent, encodeEvent } = await reading.load<Contracts>(CONTRACTS);
    expect(() => encodeEvent(from, ...counted)).toThrow('STOCK_COUNTED of product-event is unsent');
    const ahead = encodeUnsent(from, ...counted);
    expect(decodeEvent('product-event', bytes(ahead.payload))).toMatchObject({ ok: true, event: { payload: fact } });
  });

  test(
    'does not even compile where the first version sends it',
    async () => {
      const send = (type: string): string =>
        `encodeEvent({ source: 'x', version: '1' }, 'product-event', '${type}', 'x', payload);`;
      const text = [
        "import { encodeEvent, type PayloadOf } from './index.js';",
        "export function send(payload: PayloadOf<'product-event', 'STOCK_COUNTED'>) {",
        `  ${send('CREATED')}`,
        '  // @ts-expect-error it is unsent',
        `  ${send('STOCK_COUNTED')}`,
        '}',
      ].join('\n');
      const path = 'packages/contracts/src/sending.ts';
      await reading.apply([{ kind: 'new file', path, text }]);
      expect(await reading.compile([path])).toBe('');
    },
    COMPILING_MS,
  );

  test('is sent by the next one, and read by the first', async () => {
    const { encodeEvent } = await sending.load<Contracts>(CONTRACTS);
    const { decodeEvent } = await reading.load<Contracts>(CONTRACTS);
    const { payload } = encodeEvent(from, ...counted);
    expect(decodeEvent('product-event', bytes(payload))).toMatchObject({ ok: true, event: { payload: fact } });
  });

  test('leaves neighbouring versions able to read all that the other sends, and no others', async () => {
    const versions = [
      await import('@outrider/contracts'),
      await reading.load<Contracts>(CONTRACTS),
      await sending.load<Contracts>(CONTRACTS),
    ] as const;
    const refusals = ({ TOPIC_NAMES, EVENT_TYPE_FACTS, ...writer }: Contracts, reader: Contracts): readonly string[] =>
      TOPIC_NAMES.flatMap((topic) =>
        EVENT_TYPE_FACTS[topic].flatMap(({ type, about }) => {
          if (about.unsent === true) return [];
          const event = writer.encodeEvent(from, topic, type as never, writer.newId(), about.example as never);
          const decoded = reader.decodeEvent(topic, bytes(event.payload));
          return decoded.ok ? [] : [decoded.reason];
        }),
      );
    const [before, reads, sends] = versions;
    for (const [one, other] of [
      [before, reads],
      [reads, sends],
    ] as const) {
      expect([...refusals(one, other), ...refusals(other, one)]).toEqual([]);
    }
    expect(refusals(sends, before)).toEqual(['type not listed for product-event: "STOCK_COUNTED"']);
  });

  test('is compatible version by version, and not when a version is left out', async () => {
    const before = await reading.load<Schemas>(SCHEMAS);
    const { presentContracts } = await sending.load<Schemas>(SCHEMAS);
    const { presentContracts: current } = await import('@outrider/contracts/schemas');
    const breaks = (old: schemas.ContractSet, now: schemas.ContractSet): readonly string[] =>
      [...before.unreadByReleased(old, now), ...before.unreadByPresent(old, now)].map(({ at }) => at);
    expect(breaks(current(), before.presentContracts())).toEqual([]);
    expect(breaks(before.presentContracts(), presentContracts())).toEqual([]);
    expect(breaks(current(), presentContracts())).toEqual(['product-event STOCK_COUNTED']);
  });

  test('stands in the documents', async () => {
    const { eventDocuments } = await sending.load<Schemas>(SCHEMAS);
    expect(eventDocuments('1.0.0').get('docs/events/README.md')).toContain('STOCK_COUNTED: The pieces were counted');
  });

  test('has its effect in the reader', async () => {
    const file = 'services/product/src/events/stock-facts.ts';
    const { stockFacts } = await reading.load<StockFacts>(file);
    const { encodeUnsent } = await reading.load<Contracts>(CONTRACTS);
    const taken: { readonly available: number; readonly asOf: number }[] = [];
    const subscription = stockFacts({ execute: async (_, facts) => void taken.push(...facts) });
    const { event } = subscription.decode(bytes(encodeUnsent(from, ...counted).payload));
    const { transactionTrace } = await reading.load<Tracing>('packages/service-kit/src/tracing/index.ts');
    await subscription.handle({ sql: undefined, trace: transactionTrace() }, [{ event }], []);
    expect(taken).toEqual([expect.objectContaining({ available: 9, asOf: Date.parse(fact.countedAt) })]);
  });
});

/** What product's handler is, as far as it is tried here. */
interface StockFacts {
  readonly stockFacts: (take: {
    execute(sql: unknown, facts: readonly { available: number; asOf: number }[]): Promise<void>;
  }) => {
    decode(value: Uint8Array): { readonly event: unknown };
    handle(
      tx: { sql: unknown; trace: object },
      messages: readonly { event: unknown }[],
      seen: readonly never[],
    ): Promise<unknown>;
  };
}
interface Tracing {
  readonly transactionTrace: () => object;
}
