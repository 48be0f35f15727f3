import { LockMode } from '@mikro-orm/core';
import { ProblemError } from '@outrider/contracts';
import type { Transaction } from '@outrider/service-kit/database';
import { ProductEntity, type ProductRow } from '../persistence/entities/product.entity.js';

/** The row of a product, locked until the transaction ends. @throws ProblemError not-found */
export async function lockProduct(tx: Transaction, id: string): Promise<ProductRow> {
  const product = await tx.em.findOne(ProductEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (product === null) throw new ProblemError('not-found');
  return product;
}

/** @throws ProblemError version-conflict when the caller read another version than there is now */
export function refuseStale(product: ProductRow, seenVersion: number | undefined): void {
  if (seenVersion === undefined || seenVersion === product.version) return;
  throw new ProblemError('version-conflict', `It is at version ${product.version} now`);
}

/** How often a change may be tried: a caller that gave a version gets the conflict, and is not retried for. */
export function triesFor(seenVersion: number | undefined): number {
  return seenVersion === undefined ? 4 : 1;
}
