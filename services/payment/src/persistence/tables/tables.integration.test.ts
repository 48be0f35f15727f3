import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Transactor } from '@outrider/service-kit/database';
import { tableDifferences } from '@outrider/service-kit/testing';
import { startPaymentBench, type PaymentBench } from '../../testing/payment-bench.js';
import { TABLES } from './index.js';

let bench: PaymentBench;
beforeAll(async () => {
  bench = await startPaymentBench();
});
afterAll(() => bench.close());

test('the mappings know every column of their tables, as it is in the database', async () => {
  const unmapped = [
    // given by the database
    'payment_command.position',
    'payment_command.created_at',
    'payment_command.finished_at',
    'refund.updated_at',
    'dispute.updated_at',
    'ledger_check.created_at',
    'ledger_difference.first_seen',
    'ledger_difference.last_seen',
    // set from the database's own clock
    'payment_command.due_at',
    // the payment's own
    'refund.provider',
    'dispute.provider',
    // conditions of the check and of its lease, which are not read
    'ledger_check.provider',
    'ledger_check.owner',
    'ledger_check.lease_until',
    'ledger_check.due_at',
    // for the reconciler
    'ledger_check.lists',
    // what the last complete check covered: written beside its walk
    'ledger_check.checked_from',
    'ledger_check.checked_to',
    'ledger_check.checked_at',
    'ledger_difference.provider',
  ];
  const sql = bench.service.app.get(Transactor).read();
  expect(await tableDifferences(sql, TABLES, unmapped)).toEqual([]);
});
