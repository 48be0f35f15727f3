import { COMMAND_CLAIMS, COMMANDS } from './commands.js';
import { DIFFERENCES, WALKS } from './ledger-checks.js';
import { PAYMENT_TIMES, PAYMENTS } from './payments.js';
import { DISPUTE_PARENTS, DISPUTES, REFUND_PARENTS, REFUNDS } from './refunds-and-disputes.js';

/** Every mapping of a table that statements read and write through. */
export const TABLES = [
  PAYMENTS,
  PAYMENT_TIMES,
  COMMANDS,
  COMMAND_CLAIMS,
  REFUNDS,
  REFUND_PARENTS,
  DISPUTES,
  DISPUTE_PARENTS,
  WALKS,
  DIFFERENCES,
] as const;
