import { bigint, defineTable, nullable, text, uuid } from '@outrider/service-kit/database';
import type { LedgerEntry, MovementReason, Stock } from '../../domain/stock.js';

/** A movement as it is stored: the stock that it led to stands beside it, without the base of its versions. */
export type MovementRow = Omit<LedgerEntry, 'after'> & Omit<Stock, 'versionBase'>;

/** The ledger of stock; its rows never change. */
export const MOVEMENTS = defineTable<MovementRow>('stock_movement', {
  productId: uuid('product_id'),
  version: bigint('version'),
  reason: text<MovementReason>('reason'),
  reference: text('reference'),
  note: nullable(text('note')),
  onHandDelta: bigint('on_hand_delta'),
  reservedDelta: bigint('reserved_delta'),
  onHand: bigint('on_hand'),
  reserved: bigint('reserved'),
});

export function movementRow({ after, ...movement }: LedgerEntry): MovementRow {
  const { versionBase: _, ...level } = after;
  return { ...movement, ...level };
}
