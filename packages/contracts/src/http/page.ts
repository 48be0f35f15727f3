import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { EXAMPLE } from './examples.js';
import { wholeNumber } from './whole-number.js';

/** How many rows a page may have. */
export function pageLimit(max: number, preset: number) {
  return wholeNumber(1, max, preset, { description: 'The most rows to return', examples: [20] });
}

/** A page of a list: `limit` rows that come after the row with the id `starting_after`. */
export const pageQuerySchema = z.strictObject({
  limit: pageLimit(200, 50),
  starting_after: idSchema.optional().meta({
    description: 'The id of the last row of the previous page; without it, the first page',
    examples: [EXAMPLE.eventId],
  }),
});

/** The other direction of a list. */
export const endingBeforeSchema = idSchema.optional().meta({
  description:
    'The id of the first row of the next page: returns the page before it. With `starting_after` too, the rows between',
  examples: [EXAMPLE.eventId],
});

/** A time in a query. */
export function pointInTime(description: string, example: string) {
  return timestampSchema
    .transform((text) => new Date(text))
    .optional()
    .meta({ description, examples: [example], override: { type: 'string', format: 'date-time' } });
}

/** The answer of a list. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), has_more: z.boolean() });
}
