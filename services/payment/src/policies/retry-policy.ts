/**
 * How long payment waits before it asks the provider again: after no answer, after a refusal that must not stand, and
 * while a customer or a refund is waited for.
 *
 * Default: `DefaultRetryPolicy`, which doubles the wait from PAYMENT_RETRY_FIRST_MS up to PAYMENT_RETRY_LONGEST_MS. A
 * shop whose provider charges for each lookup could ask for refunds once a day:
 *
 *     retry: () => ({ waitMs: (tries, slow) => (slow ? 86_400_000 : 1_000 * 2 ** Math.min(tries, 6)) })
 *
 * Bound by `paymentServiceWith` (payment.module.ts).
 */
export interface RetryPolicy {
  /**
   * @param tries how often the provider was asked; 1 or more
   * @param slow what is waited for may take days, such as a pending refund
   * @returns ms
   */
  waitMs(tries: number, slow: boolean): number;
}
