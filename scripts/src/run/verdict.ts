import type { Balance } from '../balance/balance.js';
import { plural } from '../cli/screen.js';
import type { OrdersFile } from '../orders/load-orders.js';
import type { RanOrders } from '../orders/run-orders.js';
import type { Report } from './report.js';

/** What a person who gave orders must be told is not as it should be; empty when all is well. */
export function complaints(
  file: Pick<OrdersFile, 'problems'>,
  ran: Pick<RanOrders, 'refused'>,
  report: Pick<Report, 'stuck'>,
  books?: Pick<Balance, 'balanced'>,
): string[] {
  return [
    ...(file.problems.length > 0 ? [`${plural(file.problems.length, 'line')} of the file not used`] : []),
    ...(ran.refused.length > 0 ? [`${plural(ran.refused.length, 'order')} refused`] : []),
    ...(report.stuck > 0 ? [`${plural(report.stuck, 'order')} stuck`] : []),
    ...(books?.balanced === false ? ['the books do not balance'] : []),
  ];
}
