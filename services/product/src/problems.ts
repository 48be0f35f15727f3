import { ProblemError } from '@outrider/contracts';

/** 409: a sku names one product that is sold, or the last one that was. */
export function skuTaken(sku: string): ProblemError {
  return new ProblemError('sku-taken', `There is another product with the sku ${sku}`);
}
