import { outboxTables } from './001-outbox-tables.js';
import { outboxReplay } from './002-outbox-replay.js';

/** Plain SQL, each text for one simple query inside one transaction, in this order, each once. */
export const outboxMigrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'outbox-001-tables', sql: outboxTables },
  { name: 'outbox-002-replay', sql: outboxReplay },
];
