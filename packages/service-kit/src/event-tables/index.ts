import { inboxMigrations } from '@outrider/inbox';
import { outboxMigrations } from '@outrider/outbox';

/**
 * The tables of outbox and inbox, in this order, each text once and in a transaction of its own. A database that only
 * reads events has both as well: the inbox's days are made by functions of the outbox's first text.
 */
export const eventTables: readonly { readonly name: string; readonly sql: string }[] = [
  ...outboxMigrations,
  ...inboxMigrations,
];
