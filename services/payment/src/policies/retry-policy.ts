/**
 * How long payment waits before it asks the provider again: after no answer, after a refusal that must not stand, and
 * while a customer or a refund is waited for.
 *
 * Default: `DefaultRetryPolicy`, which doubles the wait from PAYMENT_RETRY_FIRST_MS up to PAYMENT_RETRY_LONGEST_MS. Example, for
 * a provider that charges for each lookup: `examples/custom-shop/src/payment/refunds-once-a-day.ts`. Bound by `paymentServiceWith` (payment.module.ts).
 */
export interface RetryPolicy {
  /**
   * @param tries how often the provider was asked; 1 or more
   * @param slow what is waited for may take days, such as a pending refund
   * @returns ms
   */
  waitMs(tries: number, slow: boolean): number;
}
