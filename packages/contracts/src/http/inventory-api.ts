import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { summedQuantitySchema } from '../money.js';
import { EXAMPLE, withExamples } from './examples.js';
import { label } from './text.js';

const stockShape = z.object({
  productId: idSchema,
  onHand: z.int().min(0).describe('Pieces in the warehouse'),
  reserved: z.int().min(0).describe('Of these, reserved for orders'),
  available: z.int().min(0).describe('What can still be ordered'),
  version: z.int().min(1).describe('Grows with each change'),
});

const stock = { productId: EXAMPLE.productId, onHand: 12, reserved: 3, available: 9, version: 4 };
export const stockSchema = withExamples(stockShape, { stock });
/** The stock after an adjustment. */
export const adjustedStockSchema = withExamples(stockShape, {
  delivery: { ...stock, onHand: 52, available: 49, version: 5 },
});
export type Stock = z.infer<typeof stockSchema>;

const adjustmentShape = z.strictObject({
  delta: z
    .union([z.int().min(-1_000_000_000).max(-1), z.int().min(1).max(1_000_000_000)], {
      error: 'must be a whole number between -1000000000 and 1000000000, and not 0',
    })
    .describe('Pieces to add or, if negative, to remove'),
  reason: label(1, 200).describe('Why, for the books'),
  reference: label(1, 200).describe(
    'The caller’s id of this adjustment of the product: the same adjustment again has no second effect',
  ),
});
export const adjustStockSchema = withExamples(adjustmentShape, {
  delivery: { delta: 40, reason: 'Delivery of the importer', reference: 'delivery-2026-0112' },
  breakage: { delta: -1, reason: 'Broken in the warehouse', reference: 'breakage-2026-0031' },
});

export const RESERVATION_STATUSES = ['RESERVED', 'CONFIRMED', 'RELEASED', 'EXPIRED', 'REJECTED'] as const;
export const reservationStatusSchema = z.enum(RESERVATION_STATUSES);
export type ReservationStatus = z.infer<typeof reservationStatusSchema>;

export const reservationSchema = z.object({
  id: idSchema,
  orderId: idSchema,
  status: reservationStatusSchema,
  lines: z.array(z.object({ productId: idSchema, quantity: summedQuantitySchema })),
  expiresAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
});
export type Reservation = z.infer<typeof reservationSchema>;
export const reservationsSchema = withExamples(z.object({ data: z.array(reservationSchema) }), {
  reserved: {
    data: [
      {
        id: EXAMPLE.reservationId,
        orderId: EXAMPLE.orderId,
        status: 'RESERVED',
        lines: [
          { productId: EXAMPLE.productId, quantity: 2 },
          { productId: EXAMPLE.otherProductId, quantity: 1 },
        ],
        expiresAt: EXAMPLE.expiresAt,
        createdAt: EXAMPLE.occurredAt,
        updatedAt: EXAMPLE.occurredAt,
      },
    ],
  },
  none: { data: [] },
});
