import { sqlMigrations } from '@outrider/service-kit/database';
import { payments } from './001-payments.js';
import { providerEvents } from './002-provider-events.js';
import { customerAction } from './003-customer-action.js';
import { ledgerCheck } from './004-ledger-check.js';
import { refundsAndDisputes } from './005-refunds-and-disputes.js';
import { traces } from './006-traces.js';
import { indexOfDoubts, roomForUpdates } from './007-updates-in-place.js';
import { unlistedLedgers } from './008-unlisted-ledgers.js';
import { unreadableCharges } from './009-unreadable-charges.js';

/** Payment's own tables, in the order in which they are created. */
export const paymentMigrations = sqlMigrations([
  { name: 'payment_0001_payments', sql: payments },
  { name: 'payment_0002_provider_events', sql: providerEvents },
  { name: 'payment_0003_customer_action', sql: customerAction },
  { name: 'payment_0004_ledger_check', sql: ledgerCheck },
  { name: 'payment_0005_refunds_and_disputes', sql: refundsAndDisputes },
  { name: 'payment_0006_traces', sql: traces },
  { name: 'payment_0007_room_for_updates', sql: roomForUpdates },
  { name: 'payment_0008_index_of_doubts', sql: indexOfDoubts, phase: 'contract' },
  { name: 'payment_0009_unlisted_ledgers', sql: unlistedLedgers },
  { name: 'payment_0010_unreadable_charges', sql: unreadableCharges },
]);
