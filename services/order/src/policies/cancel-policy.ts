import type { OrderStatus } from '@outrider/contracts';
import type { AcceptedOrder } from '../domain/accepted-order.js';

/** An order that somebody wants to cancel, and could: it is neither completed nor being undone. */
export interface CancellableOrder {
  readonly order: AcceptedOrder;
  readonly status: OrderStatus;
  readonly placedAt: Date;
  readonly by: 'customer' | 'admin';
  /** the database's time */
  readonly now: Date;
}

/**
 * Until when an order can be cancelled; it can only narrow what the saga allows. Asked inside the transaction that
 * holds the order: so it answers at once, from what it is given.
 */
export interface CancelPolicy {
  /** why not, in words for the person who asked; undefined: it may */
  refusalOf(cancellable: CancellableOrder): string | undefined;
}
