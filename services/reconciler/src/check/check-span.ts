import type { BookDifference } from '@outrider/contracts';
import type { Patience } from '../databases/order-books.js';
import { FIRST_ID } from '../domain/ids.js';
import { checkOrders, checkOverdue } from './check-orders.js';
import { checkProducts } from './check-products.js';
import { checkMovements, checkStock, checkTheseStocks } from './check-stock.js';
import type { Databases } from './databases.js';

const PAGE = 500;
const MOVEMENTS = 5_000;

/** Every difference of the orders in a range of ids, and of all stock. Each is told as soon as it is found. */
export async function checkSpan(
  databases: Databases,
  patience: Patience,
  span: { readonly after: string; readonly before: string },
  tell: (differences: readonly BookDifference[]) => void,
): Promise<void> {
  tell(await checkOverdue(databases, patience));
  const looked = new Set<string>();
  for (let after: string | null = span.after; after !== null;) {
    const page = await checkOrders(databases, patience, after, span.before, PAGE);
    // those in one step for too long have been told, wherever they are
    tell(page.differences.filter(({ kind }) => kind !== 'order_open'));
    const sold = new Set(
      page.orders.flatMap(({ closed, lines }) => (closed ? lines : [])).map((line) => line.productId),
    );
    const fresh = [...sold].filter((id) => !looked.has(id));
    fresh.forEach((id) => looked.add(id));
    const stock = await checkTheseStocks(databases, patience.graceMs, fresh);
    // what there is comes below
    tell(stock.filter(({ kind }) => kind === 'stock_missing'));
    after = page.next;
  }
  for (let after: string | null = FIRST_ID; after !== null;) {
    const page = await checkStock(databases, patience.graceMs, Date.now(), after, PAGE);
    tell(page.differences);
    after = page.next;
  }
  for (let after: string | null = FIRST_ID; after !== null;) {
    const page = await checkProducts(databases, patience.graceMs, Date.now(), after, PAGE);
    tell(page.differences);
    after = page.next;
  }
  for (let from: { productId: string; version: number } | null = { productId: FIRST_ID, version: 0 }; from !== null;) {
    const page = await checkMovements(databases, from, MOVEMENTS);
    tell(page.differences);
    from = page.next;
  }
}
