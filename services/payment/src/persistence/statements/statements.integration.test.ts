import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor, type SqlClient } from '@outrider/service-kit/database';
import type { StoredCommand } from '../../domain/command.js';
import type { Payment, Refund } from '../../domain/payment.js';
import type { ProviderDispute } from '../../domain/provider-answer.js';
import { captured as capturedPayment } from '../../domain/testing/answers.js';
import { startPaymentBench, type PaymentBench } from '../../testing/payment-bench.js';
import { claimDueAttempts, unclaimAttempts } from './claim-due-attempts.js';
import { lockPaymentsOfOrders, orderOfReference } from './lock-payments.js';
import { commandsOfOrders, openCommands } from './read-commands.js';
import { saveRefundsAndDisputes, withRefundsAndDisputes } from './refunds-and-disputes.js';
import { attemptCommands, finishCommands, insertCommands } from './write-commands.js';
import { insertPayments, updatePayments } from './write-payments.js';

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

let bench: PaymentBench;
beforeAll(async () => {
  bench = await startPaymentBench({ PAYMENT_SCAN_MS: '3600000' });
});
afterAll(() => bench.close());
beforeEach(async () => {
  // no TRUNCATE: it would lock whole tables, in another order than the scans that run meanwhile
  for (const table of ['refund', 'dispute', 'payment_command', 'payment'])
    await bench.service.sql(`DELETE FROM ${table}`);
});

const inTransaction = <T>(work: (sql: SqlClient) => Promise<T>): Promise<T> =>
  bench.service.app.get(Transactor).run((tx) => work(tx.sql));

const captured = (): Payment => ({
  ...capturedPayment,
  id: newId(),
  orderId: newId(),
  providerReference: `auth_${newId()}`,
});
const refund = (id: string, change: Partial<Refund> = {}): Refund => ({
  id,
  refundId: null,
  amount: 100,
  status: 'PENDING',
  reason: null,
  createdAt: AT,
  by: 'provider',
  ...change,
});
const dispute = (id: string, change: Partial<ProviderDispute> = {}): ProviderDispute => ({
  id,
  amount: 100,
  withheldAmount: 0,
  reason: 'general',
  status: 'OPEN',
  respondBy: null,
  createdAt: AT,
  ...change,
});
const capture = (payment: Payment): StoredCommand => ({
  orderId: payment.orderId,
  commandId: newId(),
  paymentId: payment.id,
  request: { kind: 'CONFIRM', amount: 900 },
  state: 'RUNNING',
  operation: { kind: 'CAPTURE', amount: 900 },
  round: 0,
  version: 0,
  tries: 0,
  inDoubt: false,
  reply: null,
});

async function stored(...payments: readonly Payment[]): Promise<void> {
  await inTransaction((sql) => insertPayments(sql, 'simulator', payments));
}
const save = (payment: Payment, change: Partial<Payment>): Promise<void> =>
  inTransaction((sql) => saveRefundsAndDisputes(sql, [{ payment: { ...payment, ...change }, before: undefined }]));
const saved = (payment: Payment) =>
  inTransaction((sql) => withRefundsAndDisputes(sql, [{ ...payment, refunds: [], disputes: [] }])).then(
    ([{ refunds, disputes } = payment]) => ({ refunds, disputes }),
  );

describe('refunds and disputes', () => {
  test('of one update are all stored, and read oldest first', async () => {
    const payment = captured();
    await stored(payment);
    const refunds = [refund('re_2', { createdAt: LATER }), refund('re_1')];
    const disputes = [dispute('dp_2', { createdAt: LATER }), dispute('dp_1')];
    await save(payment, { refunds, disputes });
    expect(await saved(payment)).toEqual({ refunds: refunds.toReversed(), disputes: disputes.toReversed() });
  });

  test('that change are stored with all that has changed', async () => {
    const payment = captured();
    await stored(payment);
    await save(payment, { refunds: [refund('re_1')], disputes: [dispute('dp_1')] });
    const refunds = [refund('re_1', { refundId: newId(), status: 'FAILED', reason: 'account closed' })];
    const disputes = [dispute('dp_1', { amount: 90, withheldAmount: 90, status: 'LOST', respondBy: LATER })];
    await save(payment, { refunds, disputes });
    expect(await saved(payment)).toEqual({ refunds, disputes });
  });

  test('of another payment are left as they are', async () => {
    const [payment, other] = [captured(), captured()];
    await stored(payment, other);
    await save(payment, { refunds: [refund('re_1')], disputes: [dispute('dp_1')] });
    await save(other, {
      refunds: [refund('re_1', { status: 'FAILED' })],
      disputes: [dispute('dp_1', { status: 'WON' })],
    });
    expect(await saved(payment)).toEqual({ refunds: [refund('re_1')], disputes: [dispute('dp_1')] });
  });

  test('are read for each payment of a batch', async () => {
    const payments = [captured(), captured()];
    await stored(...payments);
    for (const [n, payment] of payments.entries()) await save(payment, { refunds: [refund(`re_${n}`)] });
    const locked = await inTransaction((sql) =>
      lockPaymentsOfOrders(
        sql,
        payments.map(({ orderId }) => orderId),
      ),
    );
    expect(payments.map(({ orderId }) => locked.get(orderId)?.refunds.length)).toEqual([1, 1]);
  });
});

describe('payments', () => {
  test('are found by the reference at their own provider alone', async () => {
    const payment = captured();
    await stored(payment);
    const find = (provider: string, reference: string) =>
      inTransaction((sql) => orderOfReference(sql, provider, reference));
    const reference = payment.providerReference ?? '';
    expect(await find('simulator', reference)).toBe(payment.orderId);
    expect(await find('stripe', reference)).toBeUndefined();
    expect(await find('simulator', 'another')).toBeUndefined();
  });

  test('are updated with reason, code, action and release', async () => {
    const payment = { ...captured(), traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` };
    await stored(payment);
    const action = { redirectUrl: 'https://pay.example', expiresAt: LATER };
    const changed = { ...payment, reason: 'why', code: 'payment-failed', action, released: true } as const;
    await inTransaction((sql) => updatePayments(sql, [changed]));
    const locked = await inTransaction((sql) => lockPaymentsOfOrders(sql, [payment.orderId]));
    expect(locked.get(payment.orderId)).toEqual({ ...changed, provider: 'simulator' });
  });
});

describe('commands', () => {
  test('are read in the order they came, also after one of them has changed', async () => {
    const payment = captured();
    await stored(payment);
    // neither their ids nor the table's own order is the order in which they came
    const descending = Array.from({ length: 3 }, () => newId()).toReversed();
    const commands = descending.map((commandId, n): StoredCommand => ({
      ...capture(payment),
      commandId,
      ...(n > 0 && { state: 'WAITING', operation: null }),
    }));
    const ids = commands.map(({ commandId }) => commandId);
    const claim = { owner: 'process 1', dueInMs: 60_000 };
    await inTransaction((sql) =>
      insertCommands(
        sql,
        commands.map((command, n) => ({ command, claim: n === 0 ? claim : null })),
      ),
    );
    for (const change of [`state = 'DONE', reply = '{}'`, `state = 'WAITING', reply = NULL`])
      await bench.service.sql(`UPDATE payment_command SET ${change} WHERE command_id = $1`, [ids[1]]);
    const read = (rows: readonly StoredCommand[]) => rows.map(({ commandId }) => commandId);
    expect(read(await inTransaction((sql) => commandsOfOrders(sql, [payment.orderId])))).toEqual(ids);
    expect(read(await inTransaction((sql) => openCommands(sql, [payment.orderId])))).toEqual(ids);
  });

  test('that were answered are no longer in doubt, and have another version', async () => {
    const payment = captured();
    await stored(payment);
    const command = capture(payment);
    await inTransaction(async (sql) => {
      await insertCommands(sql, [{ command, claim: { owner: null, dueInMs: 0 } }]);
      const attempt = {
        command,
        operation: { kind: 'CAPTURE', amount: 900 },
        round: 2,
        tries: 3,
        inDoubt: true,
      } as const;
      await attemptCommands(sql, [{ ...attempt, claim: { owner: 'process 1', dueInMs: 0 } }]);
    });
    const read = async () => (await inTransaction((sql) => commandsOfOrders(sql, [payment.orderId])))[0];
    expect(await read()).toMatchObject({ round: 2, tries: 3, inDoubt: true, version: 1 });
    const reply = { type: 'PAYMENT_CONFIRM', payload: { commandId: command.commandId, capturedAmount: 900 } } as const;
    await inTransaction((sql) => finishCommands(sql, [{ command, reply }]));
    expect(await read()).toMatchObject({ state: 'DONE', reply, inDoubt: false, version: 2 });
  });
});

describe('due attempts', () => {
  /** attempts that are due, the last one for the longest time; with owners, as processes that died leave them */
  async function due(count: number): Promise<StoredCommand[]> {
    const payments = Array.from({ length: count }, (): Payment => ({ ...captured(), status: 'AUTHORIZED' }));
    await stored(...payments);
    const commands = payments.map(capture);
    await inTransaction((sql) =>
      insertCommands(
        sql,
        commands.map((command, n) => ({ command, claim: { owner: 'process 1', dueInMs: -1_000 * (n + 1) } })),
      ),
    );
    return commands;
  }
  const claim = (limit: number) => inTransaction((sql) => claimDueAttempts(sql, 'process 2', 60_000, limit));

  test('are claimed longest due first, once, with another version', async () => {
    const commands = await due(3);
    const first = await claim(1);
    expect(first.map(({ command }) => command.commandId)).toEqual([commands[2]?.commandId]);
    expect(first.map(({ command }) => command.version)).toEqual([1]);
    expect(await claim(5)).toHaveLength(2);
    expect(await claim(5)).toEqual([]);
  });

  test('whose process died are all in doubt', async () => {
    await due(2);
    await claim(2);
    const statuses = await bench.service.sql<{ status: string }>('SELECT status FROM payment');
    expect(statuses).toEqual([{ status: 'IN_DOUBT' }, { status: 'IN_DOUBT' }]);
  });

  test('are all given up when they were not started, but for those that were claimed since', async () => {
    await due(3);
    const claimed = (await claim(3)).map(({ command }) => command);
    await bench.service.sql('UPDATE payment_command SET version = version + 1 WHERE command_id = $1', [
      claimed[0]?.commandId,
    ]);
    await inTransaction((sql) => unclaimAttempts(sql, claimed));
    const owned = await bench.service.sql<{ id: string }>(
      'SELECT command_id AS id FROM payment_command WHERE owner IS NOT NULL',
    );
    expect(owned.map(({ id }) => id)).toEqual([claimed[0]?.commandId]);
  });
});
