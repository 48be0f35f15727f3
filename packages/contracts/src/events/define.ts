import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import type { Sender } from '../topics.js';

/** What every event has around its payload. */
export const envelope = {
  eventId: idSchema,
  outboxId: idSchema,
  schemaVersion: z.int().min(1),
  occurredAt: timestampSchema,
};

/** What describes an event type besides its shape. */
export interface About<P, U extends boolean = boolean> {
  /** who sends it; the topic says who reads it */
  readonly from: Sender;
  /** what has happened, or is requested, in one sentence */
  readonly description: string;
  /** a payload with every field; the documents show it, and the tests vary it */
  readonly example: P;
  /**
   * Readers know the type, and no service may send it: in the version before the first that sends it, and in the version
   * after the last. So of two consecutive versions that run side by side, each reads all that the other sends.
   */
  readonly unsent?: U;
}

/** An event about one order; the order's id is its key. */
export function orderKeyed<T extends string, P extends z.ZodType, U extends boolean = false>(
  eventType: T,
  payload: P,
  about: About<z.infer<P>, U>,
) {
  const schema = z.object({ ...envelope, orderId: idSchema, eventType: z.literal(eventType), payload });
  return Object.assign(schema, { about });
}

/** An event about one product; the product's id is its key. */
export function productKeyed<T extends string, P extends z.ZodType, U extends boolean = false>(
  eventType: T,
  payload: P,
  about: About<z.infer<P>, U>,
) {
  const schema = z.object({ ...envelope, productId: idSchema, eventType: z.literal(eventType), payload });
  return Object.assign(schema, { about });
}

/** A command's payload: commandId is made once per saga step and repeated by every retry. */
export function command<S extends z.ZodRawShape>(shape: S) {
  return z.object({ commandId: idSchema, ...shape });
}

/** An answer's payload repeats the commandId of its command. */
export const answer = command;

/** Free text for operators and logs, without control characters: the sender removes them. */
export const reasonSchema = z.string().min(1).max(500);

/** One of the sender's REASON_CODES, fit for customers. A reader maps unknown ones to a general one. */
export const reasonCodeSchema = z.string().regex(/^[a-z][a-z0-9-]{0,49}$/u);

/** A provider's id of a refund, a dispute, … */
export const providerIdSchema = z.string().min(1).max(255);
