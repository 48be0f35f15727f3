import { ProblemError } from '@outrider/contracts';

/** 404 with Retry-After: a product that was registered a moment ago may not have arrived here yet. */
export function productUnknown(): ProblemError {
  return new ProblemError('product-unknown', undefined, {}, { 'retry-after': '1' });
}
