import { restatementTables, sqlMigrations } from '@outrider/service-kit/database';
import { stockTables } from './001-stock-tables.js';
import { versionBase } from './002-version-base.js';
import { movementsBack } from './003-movements-back.js';
import { traces } from './004-traces.js';

/** Inventory's own tables, in the order in which they are made. */
export const inventoryMigrations = sqlMigrations([
  { name: 'inventory-001-stock-tables', sql: stockTables },
  { name: 'inventory-002-version-base', sql: `${restatementTables}${versionBase}` },
  { name: 'inventory-003-movements-back', sql: movementsBack },
  { name: 'inventory-004-traces', sql: traces },
]);

export { inventoryAppendOnly } from '../append-only.js';
