import { outboxTables } from './001-outbox-tables.js';

/** Plain SQL, each text for one simple query inside one transaction, in this order, each once. */
export const outboxMigrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'outbox-001-tables', sql: outboxTables },
];
