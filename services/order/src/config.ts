import { milliseconds, paymentProvider } from '@outrider/service-kit/config';
import { serviceSettings } from '@outrider/service-kit/runtime';
import { z } from 'zod';
import { DEFAULT_TIMING } from './domain/saga-timing.js';

/** Order's settings, by the names of their environment variables. Times in milliseconds. */
export const orderConfig = z.object({
  ...serviceSettings,
  /** orders and refunds of an amount that it cannot move are refused */
  PAYMENT_PROVIDER: paymentProvider,
  /** an order that inventory has not answered within this fails */
  RESERVING_DEADLINE_MS: milliseconds.default(DEFAULT_TIMING.reservingMs),
  /**
   * an order whose check is not answered within this fails; with AUTHORIZING_DEADLINE_MS no longer than inventory keeps stock
   * (RESERVATION_EXPIRY_MS), or orders fail for that
   */
  CHECKING_DEADLINE_MS: milliseconds.default(DEFAULT_TIMING.checkingMs),
  /**
   * once a person must decide about an order, it fails after this; with AUTHORIZING_DEADLINE_MS and
   * CUSTOMER_ACTION_MARGIN_MS no longer than RESERVATION_LONGEST_MS of inventory
   */
  CHECK_REVIEW_MS: milliseconds.default(DEFAULT_TIMING.reviewMs),
  /** a check that is a function: a call without an answer within this has failed */
  CHECK_TIMEOUT_MS: milliseconds.default(10_000),
  /** how many calls of it a process makes at a time */
  CHECKS_AT_ONCE: z.coerce.number().int().min(1).max(1_000).default(16),
  /** an order that is not paid within this fails */
  AUTHORIZING_DEADLINE_MS: milliseconds.default(DEFAULT_TIMING.authorizingMs),
  /**
   * when the customer must act, an order waits this much longer than the customer has time, and its stock is reserved
   * this much longer than the order waits (docs/decisions/042)…
   */
  CUSTOMER_ACTION_MARGIN_MS: milliseconds.default(DEFAULT_TIMING.actionMarginMs),
  /**
   * … but an order that is not paid within this fails, however long the customer has. If shorter than
   * AUTHORIZING_DEADLINE_MS, orders do not wait longer for a customer than for any payment
   */
  CUSTOMER_ACTION_LONGEST_MS: milliseconds.default(DEFAULT_TIMING.actionLongestMs),
  /** a command without an answer is sent again after this, then after twice as long, … */
  COMMAND_RETRY_FIRST_MS: milliseconds.default(DEFAULT_TIMING.retryFirstMs),
  /** … and never more than this apart */
  COMMAND_RETRY_LONGEST_MS: milliseconds.default(DEFAULT_TIMING.retryLongestMs),
  /** an order counts as overdue this long after the deadline of its step, or in a step without one */
  SAGA_OVERDUE_MS: milliseconds.default(60_000),
  /**
   * an order that has not ended this long after it was accepted counts as late: by that share the operator compares two
   * versions, long before a deadline ends what hangs
   */
  SAGA_LATE_MS: milliseconds.default(10_000),
  /** how often to look for sagas whose deadline or retry has come */
  SCAN_EVERY_MS: milliseconds.default(5_000),
});
export type OrderConfig = z.infer<typeof orderConfig>;
