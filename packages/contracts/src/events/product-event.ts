import { z } from 'zod';
import { productKeyed } from './define.js';

/** A product's stock after a change. `version` grows with each change; some versions are never sent. */
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
    description: 'A product has its first stock.',
    example: { delta: 10, onHand: 10, reserved: 0, available: 10, version: 1 },
  }),
  productKeyed('INCREMENT_STOCK', stockFactSchema, {
    from: 'inventory',
    description: 'More pieces are available: released, returned or delivered.',
    example: { delta: 2, onHand: 10, reserved: 1, available: 9, version: 5 },
  }),
  productKeyed('DECREMENT_STOCK', stockFactSchema, {
    from: 'inventory',
    description: 'Fewer pieces are available: reserved for orders, or taken away.',
    example: { delta: -3, onHand: 10, reserved: 3, available: 7, version: 4 },
  }),
]);
