import type { CancelPolicy } from './cancel-policy.js';

/** An order can be cancelled until it is completed. */
export class DefaultCancelPolicy implements CancelPolicy {
  refusalOf(): string | undefined {
    return undefined;
  }
}
