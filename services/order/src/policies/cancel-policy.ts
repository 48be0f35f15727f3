import type { OrderStatus } from '@outrider/contracts';
import type { AcceptedOrder } from '../domain/accepted-order.js';

/** An order that is to be cancelled, and can be: it is neither completed nor being undone. */
export interface CancellableOrder {
  readonly order: AcceptedOrder;
  readonly status: OrderStatus;
  readonly placedAt: Date;
  readonly by: 'customer' | 'admin';
  /** the database's time */
  readonly now: Date;
}

/**
 * Until when an order can be cancelled; it can only narrow what the saga allows. Called inside the transaction that
 * holds the order's lock: so it must be synchronous.
 *
 * Default: `DefaultCancelPolicy`, until the order is completed. Example: `examples/custom-shop/src/order/cancel-within.ts`. Bound by `orderServiceWith({ cancel })`.
 */
export interface CancelPolicy {
  /** why it may not be cancelled, for the caller to read; undefined: it may */
  refusalOf(cancellable: CancellableOrder): string | undefined;
}
