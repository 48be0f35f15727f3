import { inboxTables } from './001-inbox-tables.js';
import { inboxDiscarded } from './002-inbox-discarded.js';
import { inboxPositionMarks } from './003-position-marks.js';

/** Plain SQL, each text for one simple query inside one transaction, in this order, each once. */
export const inboxMigrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'inbox-001-tables', sql: inboxTables },
  { name: 'inbox-002-discarded', sql: inboxDiscarded },
  { name: 'inbox-003-position-marks', sql: inboxPositionMarks },
];
