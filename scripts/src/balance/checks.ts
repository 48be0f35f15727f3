import type { Books, Expectations } from './books.js';
import type { Check } from './check.js';
import { checkDisputes } from './check-disputes.js';
import { checkMoney } from './check-money.js';
import { checkOrders } from './check-orders.js';
import { checkOutcomes } from './check-outcomes.js';
import { checkRefunds } from './check-refunds.js';
import { checkStock } from './check-stock.js';

/** Everything that must hold. Pure: from what was read and what was to be expected. */
export function checksOf(books: Books, expectations: Expectations): Check[] {
  return [
    ...checkOrders(books, expectations),
    ...(expectations.outcomes === 'any' ? [] : checkOutcomes(books, expectations)),
    ...checkStock(books),
    ...checkMoney(books),
    ...checkRefunds(books),
    ...checkDisputes(books),
  ];
}
