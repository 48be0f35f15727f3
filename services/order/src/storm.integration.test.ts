import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isTerminal, type EventOf, type Order } from '@outrider/contracts';
import type { TestService } from '@outrider/service-kit/testing';
import type { SagaInput } from './domain/saga-input.js';
import { InventoryModel } from './domain/testing/inventory-model.js';
import { PaymentModel } from './domain/testing/payment-model.js';
import { Chance } from './domain/testing/random.js';
import type { Sent } from './domain/testing/sent.js';
import { openShop, type Shop } from './testing/shop.js';

const ORDERS = 40;
const STORM_MS = 12_000;

let shop: Shop;
let replicas: readonly TestService[];

beforeEach(async () => {
  // every clock runs out in the storm, again and again
  shop = await openShop({
    LOG_LEVEL: 'error',
    SCAN_EVERY_MS: '30',
    RESERVING_DEADLINE_MS: '4000',
    AUTHORIZING_DEADLINE_MS: '6000',
    CUSTOMER_ACTION_MARGIN_MS: '500',
    CUSTOMER_ACTION_LONGEST_MS: '8000',
    COMMAND_RETRY_FIRST_MS: '300',
    COMMAND_RETRY_LONGEST_MS: '600',
  });
  replicas = [shop.service, await shop.service.replica()];
});
afterEach(() => shop.service.close());

/** Inventory and payment of many orders, on a wire that loses, repeats and reorders as long as it is `wild`. */
class Peers {
  wild = true;
  readonly mute: string | undefined;
  readonly #received = new Set<string>();
  readonly #of = new Map<string, { stock: InventoryModel; money: PaymentModel }>();

  constructor(
    private readonly chance: Chance,
    orders: readonly Order[],
  ) {
    this.mute = orders[0]?.id;
    for (const { id, total } of orders) {
      this.#of.set(id, { stock: new InventoryModel(chance), money: new PaymentModel(chance, total) });
    }
  }

  of(id: string) {
    return this.#of.get(id)!;
  }

  /** Takes in what was sent since, and answers. */
  async round(): Promise<void> {
    const { chance } = this;
    const answers: [string, SagaInput][] = [];
    const now = Date.now();
    for (const event of [
      ...(await shop.service.emitted('reservation-event')),
      ...(await shop.service.emitted('payment-event')),
    ]) {
      if (this.#received.has(event.eventId)) continue;
      this.#received.add(event.eventId);
      // one is not received at all: its deadline passes
      if (this.wild && (event.orderId === this.mute || chance.is(0.15))) continue;
      const { stock, money } = this.of(event.orderId);
      const sent = sentOf(event);
      const replies = sent.command.leg === 'stock' ? stock.handle(sent, now) : money.handle(sent, now);
      answers.push(...replies.map((reply): [string, SagaInput] => [event.orderId, reply]));
    }
    for (const [id, { stock, money }] of this.#of) {
      if (!this.wild || chance.is(0.02)) money.act();
      const own = [...money.work(now), ...stock.tick(this.wild && chance.is(0.002) ? Infinity : 0)];
      answers.push(...own.map((reply): [string, SagaInput] => [id, reply]));
    }
    const delivered = this.wild
      ? answers
          .flatMap((answer) => (chance.is(0.15) ? [] : chance.is(0.15) ? [answer, answer] : [answer]))
          .toSorted(() => chance.next() - 0.5)
      : answers;
    await shop.service.publishAll(
      'order-event',
      delivered.map(([key, { type, ...more }]) => ({
        type: type as EventOf<'order-event'>['eventType'],
        key,
        payload: 'payload' in more ? more.payload : {},
      })),
    );
  }
}

function sentOf({ eventType: type, payload }: EventOf<'reservation-event'> | EventOf<'payment-event'>): Sent {
  const leg = type.startsWith('RESERVATION') ? 'stock' : 'money';
  return {
    command: { leg, type, commandId: payload.commandId } as Sent['command'],
    refund:
      'refundId' in payload
        ? {
            refundId: payload.refundId,
            amount: 'amount' in payload ? payload.amount : 0,
            restock: 'lines' in payload ? payload.lines : [],
          }
        : null,
    until: 'until' in payload ? new Date(payload.until) : null,
  };
}

/** Customers who cancel and an admin who refunds, at any time and at any replica. */
async function bother(orders: readonly Order[], chance: Chance): Promise<void> {
  const { id } = chance.of(orders);
  const via = chance.of(replicas);
  if (chance.is(0.15)) {
    const token = await shop.service.token('alice', 'customer');
    const answers = await Promise.all([1, 2].map(() => via.call('POST', `/orders/${id}/cancel`, { token })));
    for (const { status } of answers) expect([200, 202, 409]).toContain(status);
    return;
  }
  const token = await shop.service.token('boss', 'admin');
  const { body } = await via.call('GET', `/orders/${id}`, { token });
  const { status, total, refundedTotal, lines } = body as Order;
  if (!['COMPLETED', 'PARTIALLY_REFUNDED'].includes(status)) return;
  const pieces = { items: [{ productId: lines[0]!.productId, quantity: 1 }], restock: true };
  const part = { amount: 1 + chance.below(total - refundedTotal) };
  const ask = () =>
    via.call('POST', `/orders/${id}/refunds`, {
      token,
      headers: { 'idempotency-key': randomUUID() },
      body: { reason: 'storm', ...(chance.is(0.5) ? pieces : part) },
    });
  for (const answer of await Promise.all([ask(), ask()])) expect([201, 409]).toContain(answer.status);
}

/** By the one order that no peer answers, whatever the machine; all else that may come depends on how fast that is. */
async function hasMetDeadline(): Promise<boolean> {
  return (await shop.service.sql("SELECT 1 FROM saga_timeline WHERE input='DEADLINE' LIMIT 1")).length > 0;
}

test('F21 F24 F27 F42 F44 in a storm of lost, repeated and late answers, clocks, cancels and refunds on two replicas every order ends once, its end is published once, and stock and money are closed', async () => {
  const chance = new Chance(7);
  const thing = await shop.product({ price: 100 });
  const orders = await Promise.all(
    Array.from({ length: ORDERS }, () => shop.placed({ items: [{ productId: thing.id, quantity: 5 }] })),
  );
  const peers = new Peers(chance, orders);
  const end = Date.now() + STORM_MS;
  while (Date.now() < end || !(await hasMetDeadline()))
    await Promise.all([peers.round(), bother(orders.slice(1), chance)]);
  peers.wild = false;
  await shop.service.until('every order has ended', async () => {
    await peers.round();
    const rows = await shop.service.sql<{ status: Order['status'] }>('SELECT status FROM saga');
    return rows.every(({ status }) => isTerminal(status));
  });

  const ends = new Map<string, number>();
  const published = Map.groupBy(await shop.service.emitted('order-lifecycle-event'), ({ orderId }) => orderId);
  const sagas = await shop.service.sql<{
    order_id: string;
    status: string;
    captured: number;
    refunded: number;
    version: number;
  }>('SELECT order_id, status, captured_amount::int AS captured, refunded_amount::int AS refunded, version FROM saga');
  for (const { order_id: id, status, captured, refunded, version } of sagas) {
    ends.set(status, (ends.get(status) ?? 0) + 1);
    const { stock, money } = peers.of(id);
    const refunds = await shop.service.sql<{ status: string }>('SELECT status FROM refund WHERE order_id=$1', [id]);
    const succeeded = refunds.filter((refund) => refund.status === 'SUCCEEDED');
    expect(refunds.filter((refund) => refund.status === 'PENDING')).toEqual([]);
    // lifecycle events: placed, one end, and what was given back after that
    const types = (published.get(id) ?? []).map(({ eventType }) => eventType);
    const sold = ['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED'].includes(status);
    const last = sold ? 'ORDER_COMPLETED' : status === 'CANCELLED' ? 'ORDER_CANCELLED' : 'ORDER_FAILED';
    expect([id, types]).toEqual([id, ['ORDER_PLACED', last, ...succeeded.map(() => 'ORDER_REFUNDED')]]);
    expect(published.get(id)!.at(-1)!.payload).toMatchObject({ status, refundedTotal: refunded });
    // stock and money
    const { provider } = money;
    expect([id, captured, refunded]).toEqual([id, provider.captured, provider.refunded]);
    expect(provider.captures).toBeLessThanOrEqual(1);
    if (sold) expect([id, stock.state, provider.captured]).toEqual([id, 'CONFIRMED', 500]);
    else expect([id, stock.closed, money.closed, provider.captured - provider.refunded]).toEqual([id, true, true, 0]);
    // the story has no gap, and each command was given once
    const versions = await shop.service.sql<{ version: number }>(
      'SELECT version FROM saga_timeline WHERE order_id=$1 ORDER BY 1',
      [id],
    );
    expect(versions.map((row) => row.version)).toEqual(Array.from({ length: version }, (_, n) => n + 1));
  }
  expect(await shop.service.sql('SELECT * FROM inbox_parked')).toEqual([]);
  expect(sagas).toHaveLength(ORDERS);
  expect(ends.size).toBeGreaterThan(1);
}, 120_000);
