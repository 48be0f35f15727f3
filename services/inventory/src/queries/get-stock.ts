import type { Transactor } from '@outrider/service-kit/database';
import type { Stock } from '../domain/stock.js';
import { StockEntity } from '../persistence/entities/stock.entity.js';

/** @returns the stock of a product, undefined when it is not known here (yet) */
export async function getStock(transactor: Transactor, productId: string): Promise<Stock | undefined> {
  return (await transactor.read().em.findOne(StockEntity, { productId })) ?? undefined;
}
