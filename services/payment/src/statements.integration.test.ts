import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor, type SqlClient, type Transaction } from '@outrider/service-kit/database';
import type { Attempt } from './domain/attempt.js';
import type { ProviderUpdate } from './domain/provider-update.js';
import { applyUpdates } from './commands/apply-updates.js';
import { receiveCommands } from './commands/receive-commands.js';
import type { Request } from './domain/command.js';
import type { ProviderRecord } from './domain/provider-answer.js';
import { startPaymentBench, type PaymentBench } from './testing/payment-bench.js';

const ORDERS = 60;

let bench: PaymentBench;

beforeAll(async () => {
  // its own scanner stays away
  bench = await startPaymentBench({ PAYMENT_SCAN_MS: '3600000' });
});
afterAll(() => bench.close());

/** Runs a transaction as the runner and the consumer do. @returns its statements, besides BEGIN, COMMIT and the append */
async function counted<T>(work: (tx: Transaction) => Promise<T>): Promise<[number, T]> {
  let statements = 0;
  const counting = (sql: SqlClient): SqlClient => ({
    query: (text, values) => ((statements += 1), sql.query(text, values)),
  });
  const result = await bench.service.app
    .get(Transactor)
    .run((tx) => work({ ...tx, sql: counting(tx.sql), unread: counting(tx.unread) }));
  return [statements, result];
}

test('statements: four for a batch of commands, four or five for a set of answers, one more with webhooks', async () => {
  const claims = { owner: newId(), leaseMs: 3_600_000, free: () => ORDERS };
  const orderIds = Array.from({ length: ORDERS }, () => newId());
  const requests = async (request: Request): Promise<[number, Attempt[]]> => {
    const batch = orderIds.map((orderId) => ({ orderId, commandId: newId(), request }));
    const [statements, { attempts }] = await counted((tx) => receiveCommands(tx, batch, 'simulator', claims));
    return [statements, attempts];
  };
  const apply = async (updates: readonly ProviderUpdate[]) => {
    const [statements, { results, next }] = await counted((tx) =>
      applyUpdates(tx, updates, { provider: 'simulator', claims, retry: { waitMs: () => 60_000 } }),
    );
    return { statements, results: [...new Set(results)], next };
  };
  const record = (orderId: string, change: Partial<ProviderRecord>): ProviderRecord => ({
    reference: `auth_${orderId}`,
    status: 'AUTHORIZED',
    capturedAmount: 0,
    refunds: [],
    disputes: [],
    reason: null,
    ...change,
  });
  const answers = (attempts: readonly Attempt[], change: Partial<ProviderRecord> = {}): ProviderUpdate[] =>
    attempts.map((attempt) => {
      const shown = record(attempt.payment.orderId, change);
      return { kind: 'answer', attempt, answer: { kind: 'record', record: shown } };
    });

  const [created, authorizing] = await requests({ kind: 'CREATE', amount: 900, currency: 'EUR', paymentMethod: 'pm' });
  expect([created, authorizing.length]).toEqual([4, ORDERS]);
  expect(await apply(answers(authorizing))).toEqual({ statements: 4, results: ['applied'], next: [] });

  const [confirmed, capturing] = await requests({ kind: 'CONFIRM', amount: 900 });
  expect([confirmed, capturing.length]).toEqual([3, ORDERS]);
  const captured = { status: 'CAPTURED', capturedAmount: 900 } as const;
  const events = orderIds.map((orderId): ProviderUpdate => ({
    kind: 'event',
    eventId: newId(),
    orderId,
    shown: record(orderId, captured),
  }));
  // a release that waits behind them needs the provider next
  const [released] = await requests({ kind: 'RELEASE', reason: 'cancelled' });
  expect(released).toBe(4);
  const decided = await apply(events);
  expect(decided).toMatchObject({ statements: 6, results: ['applied'] });
  expect(decided.next).toHaveLength(ORDERS);
  expect(await apply(answers(capturing, captured))).toEqual({ statements: 3, results: ['nothing-new'], next: [] });
  expect(await apply(events)).toEqual({ statements: 1, results: ['seen-before'], next: [] });
  const refunded = decided.next.map((attempt): ProviderUpdate => {
    const refund = {
      id: `re_${newId()}`,
      refundId: attempt.command.commandId,
      amount: 900,
      status: 'SUCCEEDED',
      reason: null,
      createdAt: new Date().toISOString(),
    } as const;
    const shown = record(attempt.payment.orderId, { ...captured, refunds: [refund] });
    return { kind: 'answer', attempt, answer: { kind: 'record', record: shown } };
  });
  // the refunds of what was captured are read, and written
  expect(await apply(refunded)).toMatchObject({ statements: 6, results: ['applied'] });
});
