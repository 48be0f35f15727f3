import type { RetryPolicy } from '@outrider/payment';

const DAY_MS = 86_400_000;

/** Acme's bank charges for each question: what may take days is asked about once a day, everything else as the core asks. */
export class RefundsOnceADay implements RetryPolicy {
  constructor(private readonly core: RetryPolicy) {}

  waitMs(tries: number, slow: boolean): number {
    return slow ? DAY_MS : this.core.waitMs(tries, slow);
  }
}
