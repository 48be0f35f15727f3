import type { z } from 'zod';
import { SAMPLE } from '../events/sample-values.js';

/** What the examples of requests and answers are made of: the one order and its things that the examples of events are about as well. */
export const EXAMPLE = {
  ...SAMPLE,
  customerId: 'customer-20417',
  reference: 'PO-2026-0117',
  paymentMethod: 'pm_card_visa',
  tea: { sku: 'TEA-SENCHA-100', name: 'Sencha, 100 g', price: 890, currency: 'EUR' },
  cup: { sku: 'CUP-PORCELAIN', name: 'Porcelain cup', price: 1_200, currency: 'EUR' },
  /** two packets of tea and one cup */
  total: 2 * 890 + 1_200,
} as const;

type Examples = Readonly<Record<string, unknown>>;

const EXAMPLES = new WeakMap<z.ZodType, Examples>();

/**
 * The schema with examples of it, by what each shows. The OpenAPI documents show them, and a test of every service
 * holds them against the schemas in its document. Another set for the same shape makes another schema: what an
 * operation answers looks different when a thing is new.
 */
export function withExamples<T extends z.ZodType>(schema: T, examples: Readonly<Record<string, z.input<T>>>): T {
  const shown = schema.clone();
  EXAMPLES.set(shown, examples);
  return shown;
}

/** By what each shows; empty when the schema was given none. */
export function examplesOf(schema: z.ZodType): Examples {
  return EXAMPLES.get(schema) ?? {};
}
