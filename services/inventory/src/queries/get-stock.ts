import type { Row, Transactor } from '@outrider/service-kit/database';
import type { Stock } from '../domain/stock.js';
import { STOCK } from '../persistence/tables/stock.js';
import { productUnknown } from '../problems.js';

const SQL = `SELECT ${STOCK.select('s')} FROM stock s WHERE s.product_id = $1`;

/** The stock of a product. @throws ProblemError product-unknown when it has not arrived here (yet) */
export async function getStock(transactor: Transactor, productId: string): Promise<Stock> {
  const [row] = (await transactor.read().query<Row>(SQL, [productId])).rows;
  if (row === undefined) throw productUnknown();
  return STOCK.read(row);
}
