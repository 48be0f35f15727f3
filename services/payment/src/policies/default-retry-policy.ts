import type { RetryPolicy } from './retry-policy.js';

/** In ms. */
export interface DefaultRetrySettings {
  readonly firstMs: number;
  readonly longestMs: number;
  /** the longest wait for what may take days */
  readonly slowLongestMs: number;
}

/** Doubles the wait with each try, up to the longest. A fifth more or less, so that many do not ask at one moment. */
export class DefaultRetryPolicy implements RetryPolicy {
  constructor(private readonly settings: DefaultRetrySettings) {}

  waitMs(tries: number, slow: boolean): number {
    const { firstMs, longestMs, slowLongestMs } = this.settings;
    const wait = Math.min(slow ? slowLongestMs : longestMs, firstMs * 2 ** Math.min(tries - 1, 20));
    return wait * (0.8 + Math.random() * 0.4);
  }
}
