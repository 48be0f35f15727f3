/** Pieces of a product. */
export interface Pieces {
  readonly productId: string;
  readonly quantity: number;
}

/** An order as order's books have it. Amounts in minor units. */
export interface BookedOrder {
  readonly id: string;
  readonly total: number;
  readonly status: string;
  readonly step: string;
  readonly paymentAsked: boolean;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly currency: string;
  /** it has ended, and nothing of it has changed within the grace */
  readonly closed: boolean;
  /** it has stayed in one step for too long */
  readonly overdue: boolean;
  readonly lines: readonly (Pieces & { readonly unitPrice: number })[];
  readonly adjustments: readonly { readonly amount: number }[];
  readonly refunds: readonly BookedRefund[];
  readonly disputes: readonly BookedDispute[];
}

/** A refund as order has it. */
export interface BookedRefund {
  /** ours; of one that was made at the provider its name there */
  readonly id: string;
  readonly by: 'shop' | 'provider';
  readonly amount: number;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  readonly lines: readonly Pieces[] | null;
  /** its pieces are back in stock */
  readonly restocked: boolean;
  /** an operator has dealt with it: its money was given back by another refund, or its stock adjusted in its name */
  readonly resolved: boolean;
}

/** A dispute, by the provider's name for it. */
export interface BookedDispute {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly withheldAmount: number;
}

/** What inventory keeps of an order. */
export interface BookedReservation {
  readonly orderId: string;
  readonly status: string;
  readonly lines: readonly (Pieces & { readonly restocked: number })[];
  /** what the movements of the stock have put back for it */
  readonly movedBack: readonly Pieces[];
  /** it was there before the grace */
  readonly beyondGrace: boolean;
}

/** What payment keeps of an order. */
export interface BookedPayment {
  readonly orderId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly refunds: readonly PaidRefund[];
  readonly disputes: readonly BookedDispute[];
  readonly beyondGrace: boolean;
  /** nothing of it has changed within the grace: order may not have handled yet what was done at the provider just now */
  readonly quiet: boolean;
}

/** A refund as payment has it. */
export interface PaidRefund {
  /** the provider's name for it */
  readonly id: string;
  /** order's; null of one that was made there, and of one from before refunds were kept one by one */
  readonly refundId: string | null;
  readonly by: 'order' | 'provider';
  readonly amount: number;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';
}

/** One order in three books; in which it is missing it is undefined. */
export interface Entry {
  readonly order: BookedOrder | undefined;
  readonly reservation: BookedReservation | undefined;
  readonly payment: BookedPayment | undefined;
}
