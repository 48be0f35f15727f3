import { expect, test } from '@jest/globals';
import { bigint, defineTable, text, uuid } from './table.js';

interface Refund {
  readonly refundId: string;
  readonly amount: number;
  readonly reason: string;
}

const REFUNDS = defineTable<Refund>('refund', { refundId: uuid('id'), amount: bigint('amount'), reason: text('why') });

test('an update sets every column but those that it leaves out by name', () => {
  expect(REFUNDS.assign('t', 'refundId')).toBe('amount=t.amount, why=t.why');
  expect(REFUNDS.assign('excluded', 'refundId', 'amount')).toBe('why=excluded.why');
});
