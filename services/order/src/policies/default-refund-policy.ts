import type { RefundPolicy } from './refund-policy.js';

/** Whatever was paid is given back, at any time. */
export class DefaultRefundPolicy implements RefundPolicy {
  refusalOf(): string | undefined {
    return undefined;
  }

  deductionOf(): number {
    return 0;
  }
}
