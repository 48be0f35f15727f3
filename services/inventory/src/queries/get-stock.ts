import type { Transactor } from '@outrider/service-kit/database';
import type { Stock } from '../domain/stock.js';
import { StockEntity } from '../persistence/entities/stock.entity.js';
import { productUnknown } from '../problems.js';

/** The stock of a product. @throws ProblemError product-unknown when it has not arrived here (yet) */
export async function getStock(transactor: Transactor, productId: string): Promise<Stock> {
  const stock = await transactor.read().em.findOne(StockEntity, { productId });
  if (stock === null) throw productUnknown();
  return stock;
}
