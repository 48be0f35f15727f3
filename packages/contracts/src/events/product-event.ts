import { z } from 'zod';
import { productKeyed } from './define.js';

/** A product's stock after a change. version grows with each change, and may skip on the wire. */
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
  productKeyed('CREATED', stockFactSchema, {
    from: 'inventory',
    says: 'A product has its first stock.',
    example: { delta: 10, onHand: 10, reserved: 0, available: 10, version: 1 },
  }),
  productKeyed('INCREMENT_STOCK', stockFactSchema, {
    from: 'inventory',
    says: 'More pieces are available: freed, given back, or delivered.',
    example: { delta: 2, onHand: 10, reserved: 1, available: 9, version: 5 },
  }),
  productKeyed('DECREMENT_STOCK', stockFactSchema, {
    from: 'inventory',
    says: 'Fewer pieces are available: promised to orders, or taken away.',
    example: { delta: -3, onHand: 10, reserved: 3, available: 7, version: 4 },
  }),
]);
