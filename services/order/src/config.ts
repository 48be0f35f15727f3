import { milliseconds, paymentProvider } from '@outrider/service-kit/config';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';
import { DEFAULT_TIMING } from './domain/saga-timing.js';

/** Order's settings, by the names of their environment variables. Times in milliseconds. */
export const orderConfig = z.object({
  ...serviceSettings,
  /** an order or a refund whose amount it could never move is refused */
  PAYMENT_PROVIDER: paymentProvider,
  /** an order whose stock nobody answered for within this is given up */
  RESERVING_DEADLINE_MS: milliseconds.default(DEFAULT_TIMING.reservingMs),
  /** an order that is not paid within this is given up */
  AUTHORIZING_DEADLINE_MS: milliseconds.default(DEFAULT_TIMING.authorizingMs),
  /**
   * when the customer must act, an order waits so much longer than the customer has time, and its stock is kept as long
   * again after that (docs/decisions/042)…
   */
  CUSTOMER_ACTION_MARGIN_MS: milliseconds.default(DEFAULT_TIMING.actionMarginMs),
  /**
   * … but an order that is not paid within this is given up, however long the customer is given. Shorter than
   * AUTHORIZING_DEADLINE_MS: no order waits longer for a customer than for any payment
   */
  CUSTOMER_ACTION_LONGEST_MS: milliseconds.default(DEFAULT_TIMING.actionLongestMs),
  /** a command without an answer is sent again after this, then after twice as long, … */
  COMMAND_RETRY_FIRST_MS: milliseconds.default(DEFAULT_TIMING.retryFirstMs),
  /** … and never more than this apart */
  COMMAND_RETRY_LONGEST_MS: milliseconds.default(DEFAULT_TIMING.retryLongestMs),
  /** how often to look for sagas whose deadline or retry has come */
  SCAN_EVERY_MS: milliseconds.default(5_000),
});
export type OrderConfig = z.infer<typeof orderConfig>;
