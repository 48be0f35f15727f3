import { ProblemError } from '@outrider/contracts';

/** 404 with Retry-After: a product that was registered a moment ago may still be on its way here. */
export function productUnknown(): ProblemError {
  return new ProblemError('product-unknown', undefined, {}, { 'retry-after': '1' });
}
