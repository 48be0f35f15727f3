import { describe, expect, test } from '@jest/globals';
import { decideBatch, type BatchOutcome, type BatchState } from './decide-batch.js';
import type { Circumstances } from './decide-input.js';
import type { Answer, Reservation, ReservationInput } from './reservation.js';
import { available, type Stock } from './stock.js';

const now = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-01-01T00:15:00Z');
let ids = 0;
const at: Circumstances = {
  now,
  newId: () => `r${++ids}`,
  expiresAt: () => later,
  waitsUntil: later,
  latest: () => later,
};

/** Given: the stock on hand by product. State goes from batch to batch as the database would carry it. */
class Warehouse {
  #state: BatchState;

  constructor(stock: Readonly<Record<string, number>>) {
    this.#state = {
      reservations: new Map(),
      answers: new Map(),
      stock: new Map(
        Object.entries(stock).map(([productId, onHand]) => [
          productId,
          { productId, onHand, reserved: 0, version: 1, versionBase: 0 },
        ]),
      ),
    };
  }

  register(productId: string, onHand: number): void {
    const stock = new Map(this.#state.stock).set(productId, {
      productId,
      onHand,
      reserved: 0,
      version: 1,
      versionBase: 0,
    });
    this.#state = { ...this.#state, stock };
  }

  /** When: a batch of inputs arrives. */
  batch(inputs: readonly ReservationInput[], time: Date = now, latest: Date = later): BatchOutcome {
    const outcome = decideBatch(this.#state, inputs, { ...at, now: time, latest: () => latest });
    const stock = new Map(this.#state.stock);
    for (const { after } of outcome.entries) stock.set(after.productId, after);
    const reservations = new Map(this.#state.reservations);
    for (const after of outcome.reservations) {
      reservations.set(after.orderId, { ...after, version: after.version + 1 });
    }
    const answers = new Map(this.#state.answers);
    for (const { orderId, answer } of outcome.answers) answers.set(orderId, [...(answers.get(orderId) ?? []), answer]);
    this.#state = { stock, reservations, answers };
    return outcome;
  }

  /** Then. */
  stock(productId: string): [onHand: number, reserved: number] {
    const { onHand, reserved } = this.#state.stock.get(productId) as Stock;
    return [onHand, reserved];
  }

  status(orderId: string): Reservation['status'] | undefined {
    return this.#state.reservations.get(orderId)?.status;
  }
}

const line = (productId: string, quantity: number) => ({ productId, quantity });
const create = (orderId: string, lines: { productId: string; quantity: number }[], commandId = `${orderId}-create`) =>
  ({ kind: 'create', orderId, commandId, lines }) as const;
const confirm = (orderId: string, commandId = `${orderId}-confirm`) =>
  ({ kind: 'confirm', orderId, commandId }) as const;
const release = (orderId: string, commandId = `${orderId}-release`) =>
  ({ kind: 'release', orderId, commandId }) as const;
const restock = (
  orderId: string,
  refundId: string,
  lines: { productId: string; quantity: number }[],
  commandId = `${orderId}-restock-${refundId}`,
) => ({ kind: 'restock', orderId, commandId, refundId, lines }) as const;
const extend = (orderId: string, until: Date, commandId = `${orderId}-extend-${until.toISOString()}`) =>
  ({ kind: 'extend', orderId, commandId, until }) as const;
const due = (orderId: string) => ({ kind: 'due', orderId }) as const;

function answers(outcome: BatchOutcome): (Answer['type'] | 'expired')[] {
  return outcome.notices.map((notice) => (notice.kind === 'expired' ? 'expired' : notice.answer.type));
}

describe('a request to create', () => {
  test('reserves every line and publishes one fact per product', () => {
    const shop = new Warehouse({ a: 10, b: 5 });
    const outcome = shop.batch([create('o', [line('a', 3), line('b', 5)])]);
    expect(answers(outcome)).toEqual(['RESERVATION_CREATION_SUCCEEDED']);
    expect(outcome.answers[0]?.answer.payload).toMatchObject({ commandId: 'o-create', expiresAt: later.toISOString() });
    expect([shop.stock('a'), shop.stock('b'), shop.status('o')]).toEqual([[10, 3], [5, 5], 'RESERVED']);
    expect(outcome.facts).toEqual([
      {
        productId: 'a',
        type: 'DECREMENT_STOCK',
        fact: { delta: -3, onHand: 10, reserved: 3, available: 7, version: 2 },
      },
      {
        productId: 'b',
        type: 'DECREMENT_STOCK',
        fact: { delta: -5, onHand: 5, reserved: 5, available: 0, version: 2 },
      },
    ]);
  });

  test('F17 is refused as a whole when its second line cannot be had', () => {
    const shop = new Warehouse({ a: 10, b: 1 });
    const outcome = shop.batch([create('o', [line('a', 3), line('b', 2)])]);
    expect(outcome.answers[0]?.answer).toEqual({
      type: 'RESERVATION_CREATION_FAILED',
      payload: { commandId: 'o-create', reason: 'OUT_OF_STOCK', lines: [line('b', 2)] },
    });
    expect([shop.stock('a'), shop.stock('b'), shop.status('o')]).toEqual([[10, 0], [1, 0], 'REJECTED']);
    expect(outcome).toMatchObject({ entries: [], facts: [], rejected: 1 });
  });

  test('F19 counts two lines of one product together', () => {
    const shop = new Warehouse({ a: 5 });
    expect(answers(shop.batch([create('o1', [line('a', 3), line('a', 3)])]))).toEqual(['RESERVATION_CREATION_FAILED']);
    expect(shop.stock('a')).toEqual([5, 0]);
    const outcome = shop.batch([create('o2', [line('a', 3), line('a', 2)])]);
    expect(outcome.entries).toHaveLength(1);
    expect(shop.stock('a')).toEqual([5, 5]);
  });

  test('names the lines as they were asked for, whose sum may be more than a line may hold', () => {
    const shop = new Warehouse({ a: 5 });
    const lines = [line('a', 100_000), line('a', 100_000)];
    expect(shop.batch([create('o', lines)]).answers[0]?.answer.payload).toMatchObject({ lines });
  });

  test('of orders that compete in a batch, the first is served first, and a later one that still fits as well', () => {
    const shop = new Warehouse({ a: 5 });
    const outcome = shop.batch([
      create('o1', [line('a', 4)]),
      create('o2', [line('a', 2)]),
      create('o3', [line('a', 1)]),
    ]);
    expect([shop.status('o1'), shop.status('o2'), shop.status('o3')]).toEqual(['RESERVED', 'REJECTED', 'RESERVED']);
    expect(outcome.facts).toMatchObject([{ fact: { delta: -5, available: 0, version: 3 } }]);
  });

  test('stock that a release frees serves the next of the batch, and where nothing is left over nothing is published', () => {
    const shop = new Warehouse({ a: 2 });
    shop.batch([create('o1', [line('a', 2)])]);
    const outcome = shop.batch([release('o1'), create('o2', [line('a', 2)])]);
    expect([shop.status('o1'), shop.status('o2'), shop.stock('a')]).toEqual(['RELEASED', 'RESERVED', [2, 2]]);
    expect(outcome.facts).toEqual([]);
  });
});

describe('a command seen before', () => {
  test('F42 is answered again in the same words and has no second effect', () => {
    const shop = new Warehouse({ a: 10 });
    const first = shop.batch([create('o', [line('a', 3)])]);
    const again = shop.batch([create('o', [line('a', 3)]), create('o', [line('a', 3)])]);
    expect(again.notices).toEqual([...first.notices, ...first.notices]);
    expect(again).toMatchObject({ entries: [], reservations: [], answers: [], facts: [] });
    expect(shop.stock('a')).toEqual([10, 3]);
  });

  test('twice in one batch takes effect once', () => {
    const shop = new Warehouse({ a: 10 });
    const outcome = shop.batch([create('o', [line('a', 3)]), create('o', [line('a', 3)]), confirm('o'), confirm('o')]);
    expect(outcome.notices).toHaveLength(4);
    expect(outcome.answers).toHaveLength(2);
    expect(shop.stock('a')).toEqual([7, 0]);
  });

  test('is known when others were answered after it in the same batch', () => {
    const shop = new Warehouse({ a: 10 });
    const outcome = shop.batch([create('o', [line('a', 3)]), confirm('o'), create('o', [line('a', 3)])]);
    expect(outcome.notices[2]).toEqual(outcome.notices[0]);
    expect(outcome.answers).toHaveLength(2);
  });

  test('a refusal stays a refusal when the stock has come meanwhile', () => {
    const shop = new Warehouse({ a: 0 });
    shop.batch([create('o', [line('a', 1)])]);
    shop.register('a', 5);
    expect(answers(shop.batch([create('o', [line('a', 1)])]))).toEqual(['RESERVATION_CREATION_FAILED']);
    expect(shop.stock('a')).toEqual([5, 0]);
  });
});

describe('what was done before, asked for by another command', () => {
  test('is answered with the reservation that is there', () => {
    const shop = new Warehouse({ a: 10 });
    const [first] = shop.batch([create('o', [line('a', 3)])]).answers;
    for (const commandId of ['of what is reserved', 'of what is confirmed']) {
      const again = shop.batch([create('o', [line('a', 3)], commandId), confirm('o')]);
      expect(again.answers[0]?.answer).toEqual({
        type: 'RESERVATION_CREATION_SUCCEEDED',
        payload: { ...first?.answer.payload, commandId },
      });
    }
    expect(shop.stock('a')).toEqual([7, 0]);
  });

  test('a confirmation is confirmed, and takes nothing more', () => {
    const shop = new Warehouse({ a: 10 });
    shop.batch([create('o', [line('a', 3)]), confirm('o')]);
    expect(shop.batch([confirm('o', 'another')])).toMatchObject({
      entries: [],
      answers: [{ answer: { type: 'RESERVATION_CONFIRM', payload: { commandId: 'another' } } }],
    });
  });
});

describe('a confirmation', () => {
  test('takes the pieces off what is on hand and leaves what is available unchanged', () => {
    const shop = new Warehouse({ a: 10 });
    shop.batch([create('o', [line('a', 3)])]);
    const outcome = shop.batch([confirm('o')]);
    expect(answers(outcome)).toEqual(['RESERVATION_CONFIRM']);
    expect(outcome.facts).toEqual([]);
    expect([
      available({ productId: 'a', onHand: 7, reserved: 0, version: 3, versionBase: 0 }),
      shop.stock('a'),
    ]).toEqual([7, [7, 0]]);
  });

  test('wins against an expiry that comes after it, and loses against one before it', () => {
    const shop = new Warehouse({ a: 10 });
    shop.batch([create('o1', [line('a', 3)]), create('o2', [line('a', 3)])]);
    expect(answers(shop.batch([confirm('o1'), due('o1')], later))).toEqual(['RESERVATION_CONFIRM']);
    const lost = shop.batch([due('o2'), confirm('o2')], later);
    expect(answers(lost)).toEqual(['expired', 'RESERVATION_CONFIRM_FAILED']);
    expect(lost.answers[0]?.answer.payload).toMatchObject({ reason: 'EXPIRED' });
    expect(shop.stock('a')).toEqual([7, 0]);
  });

  test.each(['RELEASED', 'REJECTED', 'NONE'])('fails on what is %s', (reason) => {
    const shop = new Warehouse({ a: 1 });
    if (reason === 'RELEASED') shop.batch([create('o', [line('a', 1)]), release('o')]);
    if (reason === 'REJECTED') shop.batch([create('o', [line('a', 2)])]);
    expect(shop.batch([confirm('o')]).answers[0]?.answer).toEqual({
      type: 'RESERVATION_CONFIRM_FAILED',
      payload: { commandId: 'o-confirm', reason },
    });
    expect(shop.stock('a')).toEqual([1, 0]);
  });
});

describe('a release', () => {
  const released = (restocked: boolean) => ({
    type: 'RESERVATION_RELEASE',
    payload: { commandId: 'o-release', restocked },
  });

  test('F44 before anything was asked for leaves a tombstone that refuses a later create', () => {
    const shop = new Warehouse({ a: 1 });
    expect(shop.batch([release('o')]).answers[0]?.answer).toEqual(released(false));
    expect(shop.batch([create('o', [line('a', 1)])]).answers[0]?.answer).toEqual({
      type: 'RESERVATION_CREATION_FAILED',
      payload: { commandId: 'o-create', reason: 'RELEASED', lines: [] },
    });
    expect([shop.status('o'), shop.stock('a')]).toEqual(['RELEASED', [1, 0]]);
  });

  test('frees what is reserved', () => {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 2)])]);
    const outcome = shop.batch([release('o')]);
    expect(outcome.answers[0]?.answer).toEqual(released(false));
    expect(outcome.facts).toMatchObject([{ type: 'INCREMENT_STOCK', fact: { delta: 2, available: 5 } }]);
    expect(outcome.reservations).toMatchObject([{ status: 'RELEASED', expiresAt: null, waitingCommand: null }]);
    expect(shop.stock('a')).toEqual([5, 0]);
  });

  test('of a single piece is an increment too', () => {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 1)])]);
    expect(shop.batch([release('o')]).facts).toMatchObject([{ type: 'INCREMENT_STOCK', fact: { delta: 1 } }]);
  });

  test('F44 after a won confirmation puts the pieces back', () => {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 1), line('a', 1)]), confirm('o')]);
    const outcome = shop.batch([release('o')]);
    expect(outcome.answers[0]?.answer).toEqual(released(true));
    expect(outcome.facts).toMatchObject([{ type: 'INCREMENT_STOCK', fact: { delta: 2, onHand: 5 } }]);
    expect([shop.status('o'), shop.stock('a')]).toEqual(['RELEASED', [5, 0]]);
  });

  test.each(['RELEASED', 'EXPIRED', 'REJECTED'])('of what is %s is answered and changes nothing', (status) => {
    const shop = new Warehouse({ a: 1 });
    if (status === 'REJECTED') shop.batch([create('o', [line('a', 2)])]);
    else shop.batch([create('o', [line('a', 1)])]);
    if (status === 'RELEASED') shop.batch([release('o', 'another')]);
    if (status === 'EXPIRED') shop.batch([due('o')], later);
    const outcome = shop.batch([release('o')]);
    expect(outcome).toMatchObject({ entries: [], answers: [{ answer: released(false) }] });
    expect([shop.status('o'), shop.stock('a')]).toEqual([status, [1, 0]]);
  });
});

describe('a restock', () => {
  test('brings sold pieces back once per refund, and never more than were sold', () => {
    const shop = new Warehouse({ a: 5, b: 5 });
    shop.batch([create('o', [line('a', 1), line('b', 2), line('a', 2)]), confirm('o')]);
    expect(answers(shop.batch([restock('o', 'f1', [line('a', 2)])]))).toEqual(['RESERVATION_RESTOCKED']);
    expect(answers(shop.batch([restock('o', 'f1', [line('a', 2)], 'another command')]))).toEqual([
      'RESERVATION_RESTOCKED',
    ]);
    expect(shop.stock('a')).toEqual([4, 0]);
    shop.batch([restock('o', 'f2', [line('a', 5)])]);
    expect(shop.stock('a')).toEqual([5, 0]);
    expect(shop.batch([release('o')]).entries).toMatchObject([{ productId: 'b', onHandDelta: 2 }]);
    expect([shop.stock('a'), shop.stock('b')]).toEqual([
      [5, 0],
      [5, 0],
    ]);
  });

  test('of what is not sold is answered and changes nothing', () => {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 1)]), release('o')]);
    expect(answers(shop.batch([restock('o', 'f', [line('a', 1)]), restock('p', 'f', [line('a', 1)])]))).toEqual([
      'RESERVATION_RESTOCKED',
      'RESERVATION_RESTOCKED',
    ]);
    expect(shop.stock('a')).toEqual([5, 0]);
  });
});

describe('an order for a product that is not known yet', () => {
  test('waits, and is served when the product has come', () => {
    const shop = new Warehouse({ a: 5 });
    expect(answers(shop.batch([create('o', [line('a', 1), line('new', 2)])]))).toEqual([]);
    expect(answers(shop.batch([due('o'), create('o', [line('a', 1), line('new', 2)])]))).toEqual([]);
    expect(shop.stock('a')).toEqual([5, 0]);
    shop.register('new', 2);
    const outcome = shop.batch([due('o')]);
    expect(outcome.answers[0]?.answer).toMatchObject({
      type: 'RESERVATION_CREATION_SUCCEEDED',
      payload: { commandId: 'o-create' },
    });
    expect(outcome.reservations).toMatchObject([{ status: 'RESERVED', expiresAt: later, waitingCommand: null }]);
    expect([shop.stock('a'), shop.stock('new')]).toEqual([
      [5, 1],
      [2, 2],
    ]);
  });

  test('answers the command that asked last, since that is the one that somebody waits for', () => {
    const shop = new Warehouse({});
    shop.batch([create('o', [line('new', 1)], 'first')]);
    expect(answers(shop.batch([create('o', [line('new', 1)], 'second')]))).toEqual([]);
    shop.register('new', 1);
    expect(shop.batch([due('o')]).answers).toMatchObject([{ answer: { payload: { commandId: 'second' } } }]);
  });

  test('is refused when the wait is over', () => {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 1), line('new', 2)])]);
    const outcome = shop.batch([due('o')], later);
    expect(outcome.answers[0]?.answer).toEqual({
      type: 'RESERVATION_CREATION_FAILED',
      payload: { commandId: 'o-create', reason: 'UNKNOWN_PRODUCT', lines: [line('new', 2)] },
    });
    expect(outcome.reservations).toMatchObject([{ status: 'REJECTED', expiresAt: null, waitingCommand: null }]);
    expect(shop.stock('a')).toEqual([5, 0]);
  });

  test('is refused for what is unknown, also where another product is short', () => {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 6), line('new', 2)])]);
    expect(shop.batch([due('o')], later).answers[0]?.answer.payload).toMatchObject({
      reason: 'UNKNOWN_PRODUCT',
      lines: [line('new', 2)],
    });
  });

  test('is released, and stays released when the product comes', () => {
    const shop = new Warehouse({});
    shop.batch([create('o', [line('new', 2)])]);
    expect(shop.batch([release('o')])).toMatchObject({
      answers: [{ answer: { type: 'RESERVATION_RELEASE', payload: { restocked: false } } }],
      reservations: [{ status: 'RELEASED', expiresAt: null, waitingCommand: null }],
    });
    shop.register('new', 2);
    expect(answers(shop.batch([due('o'), create('o', [line('new', 2)])]))).toEqual(['RESERVATION_CREATION_FAILED']);
    expect(shop.stock('new')).toEqual([2, 0]);
  });
});

test('an expiry that comes too early changes nothing', () => {
  const shop = new Warehouse({ a: 5 });
  shop.batch([create('o', [line('a', 1)])]);
  expect(shop.batch([due('o'), due('unknown')])).toMatchObject({ notices: [], entries: [], expired: 0 });
  expect(shop.status('o')).toBe('RESERVED');
});

describe('an extension', () => {
  const soon = new Date('2026-01-01T00:05:00Z');
  const latest = new Date('2026-01-01T01:00:00Z');

  function kept(): Warehouse {
    const shop = new Warehouse({ a: 5 });
    shop.batch([create('o', [line('a', 1)])]);
    return shop;
  }

  test('keeps stock as long as asked, never shorter than it was kept, and never beyond the latest', () => {
    const shop = kept();
    const ask = (until: Date) => shop.batch([extend('o', until)], now, latest).reservations.map((r) => r.expiresAt);
    const longer = new Date('2026-01-01T00:30:00Z');
    expect(ask(longer)).toEqual([longer]);
    expect(ask(soon)).toEqual([]);
    expect(ask(new Date('2026-01-02T00:00:00Z'))).toEqual([latest]);
    expect(ask(latest)).toEqual([]);
    expect(shop.stock('a')).toEqual([5, 1]);
  });

  test('brings nothing back that is released or expired, and is not answered', () => {
    for (const end of [release('o'), due('o')]) {
      const shop = kept();
      shop.batch([end], later);
      expect(shop.batch([extend('o', latest)], later, latest)).toMatchObject({ reservations: [], notices: [] });
    }
  });

  test('changes nothing of what is sold, nor how long an order waits for a product', () => {
    const shop = kept();
    shop.batch([confirm('o'), create('waits', [line('unknown', 1)])]);
    for (const order of ['o', 'waits']) {
      expect(shop.batch([extend(order, latest)], now, latest)).toMatchObject({ reservations: [], notices: [] });
    }
  });
});

test('what is counted: orders refused for want of stock, and reservations that expired; not what was refused before', () => {
  const shop = new Warehouse({ a: 1 });
  expect(shop.batch([create('o1', [line('a', 1)]), create('o2', [line('a', 1)])])).toMatchObject({ rejected: 1 });
  expect(shop.batch([release('o3'), create('o3', [line('a', 1)])])).toMatchObject({ rejected: 0, expired: 0 });
  expect(shop.batch([due('o1')], later)).toMatchObject({ rejected: 0, expired: 1 });
});
