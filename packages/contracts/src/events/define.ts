import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import type { Service } from '../topics.js';

/** What stands around every payload on the wire. */
const envelope = {
  eventId: idSchema,
  outboxId: idSchema,
  schemaVersion: z.int().min(1),
  occurredAt: timestampSchema,
};

/** What there is to know of a type besides its shape. */
export interface About<P, U extends boolean = boolean> {
  /** who writes it; who reads it is the topic's matter */
  readonly from: Service;
  /** what has happened, or is asked for, in a sentence for people */
  readonly says: string;
  /** one payload with every field; it stands in the documents, and the tests vary it */
  readonly example: P;
  /**
   * Readers know the type, and nobody may send it: in the version before the first that sends it, and in the version
   * after the last. So of two neighbouring versions that run side by side, each reads all that the other writes.
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

/** A reply's payload repeats the commandId it answers. */
export const reply = command;

/** Reasons are for people and logs: bounded, and free of control characters by construction of the sender. */
export const reasonSchema = z.string().min(1).max(500);

/** One of REASON_CODES of the version that wrote it: what a customer may be shown. A reader maps unknown ones to a general one. */
export const reasonCodeSchema = z.string().regex(/^[a-z][a-z0-9-]{0,49}$/u);

/** A provider's own name for something of its: a refund, a dispute. */
export const providerIdSchema = z.string().min(1).max(255);
