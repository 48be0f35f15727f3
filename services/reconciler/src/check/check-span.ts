import type { BookDifference } from '@outrider/contracts';
import type { Tolerance } from '../databases/order-books.js';
import { FIRST_ID } from '../domain/ids.js';
import { checkOrders, checkOverdue } from './check-orders.js';
import { checkProducts } from './check-products.js';
import { checkMovements, checkStock, checkTheseStocks } from './check-stock.js';
import type { Databases } from './databases.js';

const PAGE = 500;
const MOVEMENTS = 5_000;

/** Every difference of the orders in a range of ids, and of all stock. Each is reported as soon as it is found. */
export async function checkSpan(
  databases: Databases,
  tolerance: Tolerance,
  span: { readonly after: string; readonly before: string },
  report: (differences: readonly BookDifference[]) => void,
): Promise<void> {
  report(await checkOverdue(databases, tolerance));
  const checked = new Set<string>();
  for (let after: string | null = span.after; after !== null;) {
    const page = await checkOrders(databases, tolerance, after, span.before, PAGE);
    // those in one step for too long are reported already, whatever their ids
    report(page.differences.filter(({ kind }) => kind !== 'order_open'));
    const sold = new Set(
      page.orders.flatMap(({ closed, lines }) => (closed ? lines : [])).map((line) => line.productId),
    );
    const fresh = [...sold].filter((id) => !checked.has(id));
    fresh.forEach((id) => checked.add(id));
    const stock = await checkTheseStocks(databases, tolerance.graceMs, fresh);
    // the stock that is there is checked below
    report(stock.filter(({ kind }) => kind === 'stock_missing'));
    after = page.next;
  }
  for (let after: string | null = FIRST_ID; after !== null;) {
    const page = await checkStock(databases, tolerance.graceMs, Date.now(), after, PAGE);
    report(page.differences);
    after = page.next;
  }
  for (let after: string | null = FIRST_ID; after !== null;) {
    const page = await checkProducts(databases, tolerance.graceMs, Date.now(), after, PAGE);
    report(page.differences);
    after = page.next;
  }
  for (let from: { productId: string; version: number } | null = { productId: FIRST_ID, version: 0 }; from !== null;) {
    const page = await checkMovements(databases, from, MOVEMENTS);
    report(page.differences);
    from = page.next;
  }
}
