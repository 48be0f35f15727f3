import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import type { TestService } from '@outrider/service-kit/testing';
import { signWebhook, type LedgerEntry } from '@outrider/testkit/simulator';
import type { ProviderUpdate } from './domain/provider-update.js';
import { applyUpdates } from './commands/apply-updates.js';
import { storeProviderEvents } from './persistence/statements/provider-events.js';
import { startPaymentBench, WEBHOOK_SECRET, type PaymentBench } from './testing/payment-bench.js';

const ORDERS = 20;

let bench: PaymentBench;
let replicas: TestService[];

beforeAll(async () => {
  // answers that are held are still waited for when they come
  bench = await startPaymentBench({ PAYMENT_PROVIDER_TIMEOUT_MS: '8000' });
  replicas = [bench.service, await bench.service.replica(), await bench.service.replica()];
});
afterAll(() => bench.close());
afterEach(() => bench.proxy.passAll());

const booked = async (orderIds: readonly string[]): Promise<LedgerEntry[]> =>
  (await bench.simulator.ledger()).filter(({ reference }) => orderIds.includes(reference));

/** Sends each replica an event of its own for each of these, and the first replica the second's events too. */
async function sendEvents(entries: readonly LedgerEntry[]): Promise<void> {
  const send = async (replica: TestService, rawBody: string): Promise<void> => {
    const headers = { 'simulator-signature': signWebhook(WEBHOOK_SECRET, rawBody) };
    expect(await replica.call('POST', '/webhooks/simulator', { rawBody, headers })).toMatchObject({ status: 200 });
  };
  const eventOf = (entry: LedgerEntry) =>
    JSON.stringify({ id: `evt_${newId()}`, type: 'authorization.any', data: { ...entry, reason: null } });
  await Promise.all(
    entries.flatMap((entry) => {
      const events = replicas.map(() => eventOf(entry));
      return [...replicas.map((replica, n) => send(replica, events[n]!)), send(replicas[0]!, events[1]!)];
    }),
  );
}

test('F29 webhooks, answers and a release of one payment at once, over three replicas: no update is lost', async () => {
  const orderIds = Array.from({ length: ORDERS }, () => newId());
  const held = ({ method }: { method: string }) => (method === 'POST' ? ('hold-answer' as const) : ('pass' as const));
  bench.proxy.fate = held;
  for (const id of orderIds) await bench.create(id);
  await bench.service.until('all are authorised', async () => (await booked(orderIds)).length === ORDERS);
  await sendEvents(await booked(orderIds));
  for (const id of orderIds) expect(await bench.answered(id, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
  const releases = new Map<string, string>();
  for (const id of orderIds) releases.set(id, await bench.release(id));
  await bench.service.until('all are voided', async () =>
    (await booked(orderIds)).every(({ status }) => status === 'VOIDED'),
  );
  // the answers to both requests of each, webhooks of the second, and order asking again
  bench.proxy.fate = () => 'pass';
  await Promise.all([
    sendEvents(await booked(orderIds)),
    bench.proxy.letGo(),
    ...orderIds.map((id) => bench.release(id, releases.get(id))),
  ]);
  for (const id of orderIds) {
    const { length } = await bench.answered(id, 2);
    // asked for once more after that, it is answered the same
    await bench.release(id, releases.get(id));
    await bench.answered(id, length + 1);
    const [created, ...released] = await bench.replies(id);
    expect(created).toMatchObject(['PAYMENT_CREATION_SUCCEEDED', { amount: 1_500 }]);
    const reply = ['PAYMENT_RELEASE', { commandId: releases.get(id), voided: true, refundedAmount: 0 }];
    expect(released.length).toBeLessThanOrEqual(3);
    expect(released).toEqual(released.map(() => reply));
    expect(await bench.payment(id)).toMatchObject({ status: 'VOIDED', capturedAmount: 0 });
  }
  expect(await booked(orderIds)).toMatchObject(orderIds.map(() => ({ status: 'VOIDED', capturedAmount: 0 })));
  const open = await bench.service.sql(`SELECT 1 FROM payment_command WHERE state <> 'DONE'`);
  expect(open).toEqual([]);
});

test('F45 the same webhooks at two replicas, in opposite orders: neither waits for the other in a circle', async () => {
  const events = ['evt_a', 'evt_m', 'evt_z'].map((eventId): ProviderUpdate => {
    const shown = {
      reference: 'auth',
      status: 'AUTHORIZED',
      capturedAmount: 0,
      refunds: [],
      disputes: [],
      reason: null,
    } as const;
    return { kind: 'event', eventId: `${eventId}_${newId()}`, orderId: newId(), shown };
  });
  const [, middle] = events.flatMap((update) => (update.kind === 'event' ? [update] : []));
  const claims = { owner: newId(), leaseMs: 60_000, free: () => 0 };
  let runs = 0;
  const apply = (replica: TestService, updates: readonly ProviderUpdate[]) =>
    replica.app.get(Transactor).run((tx) => {
      runs += 1;
      return applyUpdates(tx, updates, { provider: 'simulator', claims, retry: { waitMs: () => 60_000 } });
    });
  // a third one has the one in the middle, until both have begun, and then gives it up
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const third = replicas[2]!.app.get(Transactor).run(async (tx) => {
    await storeProviderEvents(tx.sql, 'simulator', [middle!]);
    begun.resolve();
    await gate.promise;
    throw new Error('given up');
  });
  const givenUp = expect(third).rejects.toThrow('given up');
  await begun.promise;
  const both = Promise.all([apply(replicas[0]!, events), apply(replicas[1]!, events.toReversed())]);
  await bench.service.until('both wait', async () => {
    const rows = await bench.service.sql(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length === 2;
  });
  gate.resolve();
  await givenUp;
  const results = (await both).flatMap((applied) => applied.results);
  expect(results.filter((result) => result === 'nothing-new')).toHaveLength(3);
  expect(results.filter((result) => result === 'seen-before')).toHaveLength(3);
  expect(runs).toBe(2);
});

test('F27 refunds in part in doubt, webhooks of them at other replicas, and a release behind: given back once', async () => {
  const orderIds = Array.from({ length: ORDERS }, () => newId());
  for (const id of orderIds) {
    await bench.create(id);
    await bench.confirm(id);
  }
  for (const id of orderIds) await bench.answered(id, 2);
  bench.proxy.fate = ({ path }) => (path.endsWith('/refund') ? 'lose-answer' : 'pass');
  const refunds = new Map(orderIds.map((id) => [id, [newId(), newId()] as const]));
  await Promise.all(
    [...refunds].map(async ([id, [first, second]]) => {
      await bench.refund(id, first, 500);
      await bench.refund(id, second, 700);
      await bench.release(id);
    }),
  );
  await bench.service.until('the first is given back', async () =>
    (await booked(orderIds)).every(({ refundedAmount }) => refundedAmount >= 500),
  );
  await sendEvents(await booked(orderIds));
  bench.proxy.fate = () => 'pass';
  for (const id of orderIds) {
    await bench.answered(id, 5);
    const [first, second] = refunds.get(id)!;
    expect((await bench.replies(id)).slice(2)).toMatchObject([
      ['PAYMENT_REFUNDED', { refundId: first, amount: 500 }],
      ['PAYMENT_REFUNDED', { refundId: second, amount: 700 }],
      ['PAYMENT_RELEASE', { voided: false, refundedAmount: 1_500 }],
    ]);
    expect(await bench.payment(id)).toMatchObject({ status: 'REFUNDED', refundedAmount: 1_500 });
  }
  expect(await booked(orderIds)).toMatchObject(orderIds.map(() => ({ status: 'REFUNDED', refundedAmount: 1_500 })));
});

test('F15 a command that comes again to a database restored from a backup is not charged again', async () => {
  const orderId = newId();
  const create = await bench.create(orderId);
  await bench.answered(orderId, 1);
  const confirm = await bench.confirm(orderId);
  await bench.answered(orderId, 2);
  const { id, providerReference } = await bench.payment(orderId);
  // the backup is older than the order
  await bench.service.sql('DELETE FROM payment_command WHERE order_id=$1', [orderId]);
  await bench.service.sql('DELETE FROM payment WHERE order_id=$1', [orderId]);
  await bench.create(orderId, 1_500, create);
  await bench.confirm(orderId, 1_500, confirm);
  expect((await bench.answered(orderId, 4)).slice(2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
  expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: 1_500 }]);
  expect(await bench.payment(orderId)).toMatchObject({ id, providerReference, status: 'CAPTURED' });
});
