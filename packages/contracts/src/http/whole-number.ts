import { z } from 'zod';

/** What the documentation says of a parameter. */
interface ParameterDoc {
  readonly description: string;
  readonly examples: readonly number[];
}

/** A whole number in a query: digits and nothing else, no `1e2`, no `0x10`, no space; `preset` when it is not given. */
export function wholeNumber(min: number, max: number, preset: number, doc: ParameterDoc) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,9}$/u.test(value) ? Number(value) : value),
      z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max),
    )
    .default(preset)
    .meta({ description: doc.description, examples: [...doc.examples], override: { default: preset } });
}
