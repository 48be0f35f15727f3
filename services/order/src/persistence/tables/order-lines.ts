import { bigint, defineTable, integer, nullable, text, uuid } from '@outrider/service-kit/database';
import type { StoredLine } from '../../domain/paid-parts.js';

export interface LineRow extends StoredLine {
  readonly orderId: string;
  /** from 0, as the order's request had them */
  readonly position: number;
}

/** A line as accepted; its row never changes. */
export const ORDER_LINES = defineTable<LineRow>('order_line', {
  orderId: uuid('order_id'),
  position: integer('position'),
  productId: uuid('product_id'),
  sku: text('sku'),
  name: text('name'),
  quantity: integer('quantity'),
  unitPrice: bigint('unit_price'),
  adjustmentAmount: nullable(bigint('adjustment_amount')),
});
