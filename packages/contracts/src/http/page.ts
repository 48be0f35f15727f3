import { z } from 'zod';
import { idSchema } from '../ids.js';

/** A page of a list: `limit` rows that come after the row with the id `starting_after`. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  starting_after: idSchema.optional(),
});

/** What a list answers. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), has_more: z.boolean() });
}
