import { outboxTables } from './001-outbox-tables.js';
import { outboxReplay } from './002-outbox-replay.js';
import { parkedReplayed, pendingReplayed, replayHorizon } from './003-outbox-horizon.js';
import { leasesByRelay, statusByRelay } from './004-leases-by-relay.js';

/** Plain SQL, each text for one simple query inside one transaction, in this order, each once. */
export const outboxMigrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'outbox-001-tables', sql: outboxTables },
  { name: 'outbox-002-replay', sql: outboxReplay },
  { name: 'outbox-003-replay-horizon', sql: replayHorizon },
  { name: 'outbox-004-pending-replayed', sql: pendingReplayed },
  { name: 'outbox-005-parked-replayed', sql: parkedReplayed },
  { name: 'outbox-006-leases-by-relay', sql: leasesByRelay },
  { name: 'outbox-007-status-by-relay', sql: statusByRelay },
];
