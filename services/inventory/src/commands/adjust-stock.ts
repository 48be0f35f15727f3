import { ProblemError } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { stockFacts } from '../domain/stock-facts.js';
import { allows, move, type Stock } from '../domain/stock.js';
import { applyMovements } from '../persistence/statements/apply-movements.js';
import { findAdjustment } from '../persistence/statements/find-adjustment.js';
import { lockStock } from '../persistence/statements/lock-stock.js';
import { productUnknown } from '../problems.js';

export interface Adjustment {
  readonly productId: string;
  /** pieces to add, or, negative, to take away */
  readonly delta: number;
  readonly reason: string;
  /** the caller's name for it, unique per product: with it the same adjustment may be sent again */
  readonly reference: string;
}

/** Changes what is on hand, as an admin or another system asks. */
export class AdjustStock {
  constructor(private readonly transactor: Transactor) {}

  /**
   * @returns the stock after it; `again` when the same adjustment came before: then as it was then, and nothing happens
   * @throws ProblemError product-unknown, stock-insufficient when less would be left than is reserved,
   *   idempotency-key-reused when the product's reference came before with another delta or reason
   */
  async execute(adjustment: Adjustment): Promise<{ readonly stock: Stock; readonly again: boolean }> {
    const { productId, delta, reason, reference } = adjustment;
    return this.transactor.run(async (tx) => {
      const stock = (await lockStock(tx.sql, [productId])).get(productId);
      if (stock === undefined) throw productUnknown();
      // after the lock, so that of two with one reference the second sees the first
      const before = await findAdjustment(tx.sql, productId, reference);
      if (before !== undefined) {
        if (before.delta === delta && before.reason === reason) {
          return { stock: { ...before.after, versionBase: stock.versionBase }, again: true };
        }
        const detail = `The reference was used before with a delta of ${before.delta} and the reason: ${before.reason}`;
        throw new ProblemError('idempotency-key-reused', detail);
      }
      if (!allows(stock, { onHandDelta: delta, reservedDelta: 0 })) {
        throw new ProblemError('stock-insufficient', undefined, { available: stock.onHand - stock.reserved });
      }
      const entry = move(stock, {
        productId,
        reason: 'ADJUSTED',
        reference,
        note: reason,
        onHandDelta: delta,
        reservedDelta: 0,
      });
      await applyMovements(tx.sql, [entry]);
      for (const { type, fact } of stockFacts([entry])) tx.emit('product-event', productId, { type, payload: fact });
      return { stock: entry.after, again: false };
    });
  }
}
