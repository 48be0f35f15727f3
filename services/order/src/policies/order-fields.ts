import { ProblemError, type Metadata } from '@outrider/contracts';
import type { z } from 'zod';

/**
 * Fields of a shop's own on its orders: a zod schema of the entries in `metadata`, which are texts, by name. An order whose
 * metadata do not fit is refused, and says which field; those that fit are stored, shown and sent with every lifecycle
 * event as they were given. Those who read an event read typed fields from it by the same schema: `fields.parse(metadata)`.
 *
 * Default: any entries. Example: `examples/custom-shop/src/order/order-fields.ts`. Bound by `orderServiceWith({ fields })`.
 */
export type OrderFields = z.ZodType<unknown, Readonly<Record<string, string | undefined>>>;

/** @throws ProblemError malformed (400) that names each field which does not fit */
export function checkFields(fields: OrderFields | undefined, metadata: Metadata): void {
  const issues = fields?.safeParse(metadata).error?.issues ?? [];
  if (issues.length === 0) return;
  const errors = issues.map(({ path, message }) => ({ path: ['body', 'metadata', ...path].join('.'), message }));
  throw new ProblemError('malformed', `${errors[0]?.path}: ${errors[0]?.message}`, { errors });
}
