import { z } from 'zod';
import { text } from './text.js';

/** The limits that Stripe once had. */
export const METADATA_LIMITS = { keys: 20, key: 40, value: 500 } as const;

/** Data of the client that is stored and shown, and never interpreted. */
export type Metadata = Readonly<Record<string, string>>;

/** Metadata as it is shown and sent. */
export const shownMetadataSchema = z.record(z.string(), z.string());

/**
 * Metadata of a request: up to 20 entries, name and value each a line of text. They are sorted by name: the same
 * entries in another order are the same request.
 */
export const metadataSchema = z
  .preprocess(
    (value, ctx) => {
      // z.record drops it silently
      if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
        ctx.addIssue({ code: 'custom', message: 'must not have the key __proto__', input: value });
      }
      return value;
    },
    z
      .record(text(1, METADATA_LIMITS.key), text(0, METADATA_LIMITS.value))
      .refine((all) => Object.keys(all).length <= METADATA_LIMITS.keys, `must have up to ${METADATA_LIMITS.keys} keys`)
      .overwrite((all) => Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1))))
      .meta({ maxProperties: METADATA_LIMITS.keys }),
  )
  .optional()
  .describe(
    `Up to ${METADATA_LIMITS.keys} notes of your own: names of up to ${METADATA_LIMITS.key} characters, values of up to ${METADATA_LIMITS.value}`,
  );
