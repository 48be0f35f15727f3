import { z } from 'zod';
import { productKeyed } from './define.js';

/** A product's stock after a change. version grows by one with each change and may skip on the wire. */
export const stockFactSchema = z.object({
  /** change of what is available, signed */
  delta: z.int(),
  onHand: z.int().min(0),
  reserved: z.int().min(0),
  available: z.int().min(0),
  version: z.int().min(1),
});
export type StockFact = z.infer<typeof stockFactSchema>;

/** inventory → product. */
export const productEventSchema = z.discriminatedUnion('eventType', [
  productKeyed('CREATED', stockFactSchema),
  productKeyed('INCREMENT_STOCK', stockFactSchema),
  productKeyed('DECREMENT_STOCK', stockFactSchema),
]);
