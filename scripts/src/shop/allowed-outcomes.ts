import { REASON_CODES } from '@outrider/contracts';
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
    /** reasons for which it lets an order fail, beside stock and payment: that of its check's refusal above all */
    failures: z.array(z.enum(REASON_CODES)).default([]),
  })
  .prefault({});
export type AllowedOutcomes = z.infer<typeof allowedOutcomesSchema>;
