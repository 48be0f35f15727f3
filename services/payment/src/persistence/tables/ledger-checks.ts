import { defineTable, json, nullable, text, uuid } from '@outrider/service-kit/database';
import type { BookedCharge, ChargeDifferenceKind } from '../../domain/charge-difference.js';
import type { Walk } from '../../domain/ledger-walk.js';

/** How far the check of a provider's ledger has come. */
export interface WalksRow {
  readonly recent: Walk | null;
  readonly sweep: Walk | null;
}

export const WALKS = defineTable<WalksRow>('ledger_check', {
  recent: nullable(json<Walk>('recent')),
  sweep: nullable(json<Walk>('sweep')),
});

/** A charge that differs. The reference is empty where our own books name none. */
export interface DifferenceRow {
  readonly orderId: string;
  readonly reference: string;
  readonly kind: ChargeDifferenceKind;
  readonly expected: string;
  readonly seen: string;
  /** as the provider's list last had it */
  readonly charge: BookedCharge | null;
}

export const DIFFERENCES = defineTable<DifferenceRow>('ledger_difference', {
  orderId: uuid('order_id'),
  reference: text('reference'),
  kind: text<ChargeDifferenceKind>('kind'),
  expected: text('expected'),
  seen: text('seen'),
  charge: nullable(json<BookedCharge>('charge')),
});
