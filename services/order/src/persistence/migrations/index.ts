import { sqlMigrations } from '@outrider/service-kit/database';
import { orderTables } from './001-tables.js';
import { refunds } from './002-refunds.js';
import { reasons } from './003-reasons.js';
import { orderList } from './004-order-list.js';
import { money } from './005-money.js';
import { earlierPrices } from './006-earlier-prices.js';
import { orderLists } from './007-order-lists.js';
import { requestedAmounts } from './008-requested-amounts.js';
import { traces } from './009-traces.js';
import { checks } from './010-checks.js';
import { changesByTime, indexesOfEachStep, openSagas, updatesInPlace } from './011-updates-in-place.js';
import { indexOfCustomersById } from './012-one-index-of-customers.js';
import { notCompletedByPosition, notCompleted } from './013-not-completed.js';

/** Order's own tables, in the order in which they are made. */
export const orderMigrations = sqlMigrations([
  { name: 'order-001-tables', sql: orderTables },
  { name: 'order-002-refunds', sql: refunds },
  { name: 'order-003-reasons', sql: reasons },
  { name: 'order-004-order-list', sql: orderList },
  { name: 'order-005-money', sql: money },
  { name: 'order-006-earlier-prices', sql: earlierPrices },
  { name: 'order-007-order-lists', sql: orderLists },
  { name: 'order-008-requested-amounts', sql: requestedAmounts },
  { name: 'order-009-traces', sql: traces },
  { name: 'order-010-checks', sql: checks },
  { name: 'order-011-updates-in-place', sql: updatesInPlace },
  { name: 'order-012-open-sagas', ...openSagas },
  { name: 'order-014-changes-by-time', ...changesByTime },
  { name: 'order-015-indexes-of-each-step', sql: indexesOfEachStep, phase: 'contract' },
  { name: 'order-016-index-of-customers-by-id', sql: indexOfCustomersById, phase: 'contract' },
  { name: 'order-017-not-completed', sql: notCompleted },
  { name: 'order-018-not-completed-by-position', ...notCompletedByPosition },
]);

export { orderAppendOnly } from '../append-only.js';
