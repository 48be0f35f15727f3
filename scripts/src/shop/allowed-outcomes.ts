import { z } from 'zod';

/** What a shop allows where, of the core alone, it would be wrong. */
export const allowedOutcomesSchema = z
  .strictObject({
    /** its prices add to what the lines of an order cost: an order need not come to what a file says */
    otherTotals: z.boolean().default(false),
    /** problems that it may refuse an order with: types, such as /problems/malformed */
    refusals: z
      .array(z.string().regex(/^\/problems\/[a-z-]+$/u, 'must be a type of a problem: /problems/…'))
      .default([]),
  })
  .prefault({});
export type AllowedOutcomes = z.infer<typeof allowedOutcomesSchema>;
