import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';

/** What stands around every payload on the wire. */
const envelope = {
  eventId: idSchema,
  outboxId: idSchema,
  schemaVersion: z.int().min(1),
  occurredAt: timestampSchema,
};

/** An event about one order; the order's id is its key. */
export function orderKeyed<T extends string, P extends z.ZodType>(eventType: T, payload: P) {
  return z.object({ ...envelope, orderId: idSchema, eventType: z.literal(eventType), payload });
}

/** An event about one product; the product's id is its key. */
export function productKeyed<T extends string, P extends z.ZodType>(eventType: T, payload: P) {
  return z.object({ ...envelope, productId: idSchema, eventType: z.literal(eventType), payload });
}

/** A command's payload: commandId is made once per saga step and repeated by every retry. */
export function command<S extends z.ZodRawShape>(shape: S) {
  return z.object({ commandId: idSchema, ...shape });
}

/** A reply's payload repeats the commandId it answers. */
export const reply = command;

/** Reasons are for people and logs: bounded, and free of control characters by construction of the sender. */
export const reasonSchema = z.string().min(1).max(500);
