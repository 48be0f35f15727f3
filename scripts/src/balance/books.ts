import type { OrderStatus } from '@outrider/contracts';
import type { LedgerEntry, WebhookCounts } from '@outrider/testkit/simulator';

/** Pieces of a product. */
export interface Pieces {
  readonly productId: string;
  readonly quantity: number;
}

/** An order as far as the books need it, as the API shows it. Amounts in minor units. */
export interface BookOrder {
  readonly id: string;
  readonly customerId: string;
  readonly reference: string | null;
  readonly status: OrderStatus;
  readonly total: number;
  readonly refundedTotal: number;
  readonly currency: string;
  readonly lines: readonly Pieces[];
}

/** The same as its database has it. */
export interface StoredOrder extends BookOrder {
  readonly refunds: readonly {
    /** ours; of one that was made at the provider its name there */
    readonly id: string;
    readonly by: 'shop' | 'provider';
    readonly amount: number;
    readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  }[];
  readonly disputes: readonly BookDispute[];
  /** why it failed or was cancelled, as a reason code; null: neither, or nobody said */
  readonly reason: string | null;
}

/** A dispute by the provider's name for it. */
export interface BookDispute {
  readonly id: string;
  readonly status: string;
  readonly amount: number;
  readonly withheldAmount: number;
}

/** What there is of a product. */
export interface BookLevel {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
}

/** What a product's stock came from, out of the ledger of its movements. */
export interface BookStock extends BookLevel {
  /** put there when the product was registered */
  readonly initial: number;
  /** the same and every adjustment since */
  readonly stocked: number;
}

export interface BookReservation {
  readonly orderId: string;
  readonly status: string;
  /** pieces that came back after the sale, per product */
  readonly restocked: readonly Pieces[];
  /** the same by the movements of the stock */
  readonly movedBack: readonly Pieces[];
}

export interface BookPayment {
  readonly orderId: string;
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly refunds: readonly BookRefund[];
  readonly disputes: readonly BookDispute[];
}

/** A refund as payment has it. */
export interface BookRefund {
  /** the provider's name for it */
  readonly id: string;
  /** the order's; null of one that nobody asked for here */
  readonly refundId: string | null;
  readonly amount: number;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';
}

/** A product's stock as a buyer reads it. */
export interface BookRead {
  readonly productId: string;
  readonly stock: number | null;
}

/** Everything the books are balanced from, as the services tell it and as it stands in their databases. */
export interface Books {
  readonly api: {
    readonly orders: readonly BookOrder[];
    readonly levels: readonly BookLevel[];
    /** products of the catalogue that inventory has not */
    readonly unknown: readonly string[];
    readonly reads: readonly BookRead[];
  };
  readonly sql: {
    readonly orders: readonly StoredOrder[];
    /** products that order knows the price of */
    readonly priced: readonly string[];
    readonly stock: readonly BookStock[];
    readonly reservations: readonly BookReservation[];
    readonly payments: readonly BookPayment[];
    readonly reads: readonly BookRead[];
  };
  /** the payment provider's own */
  readonly ledger: readonly LedgerEntry[];
  /** what it reported */
  readonly webhooks: WebhookCounts;
}

/** What was to be expected of a run. */
export interface Expectations {
  /** ids of the orders that were answered with 201 */
  readonly placed: ReadonlySet<string>;
  /** every orders file was given all the stock it asks for */
  readonly stockGood: boolean;
  /** the provider declines nobody; what else it does wrong must change no outcome */
  readonly providerGood: boolean;
  /** whether it can be told from stock and provider how each order must have ended; if not, `any` */
  readonly outcomes: 'predicted' | 'any';
  /** reasons for which this shop lets an order fail of its own, such as its check's refusal */
  readonly failures: readonly string[];
}

/** The statuses of orders that were paid for and delivered, whatever was given back later. */
const SOLD: ReadonlySet<OrderStatus> = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'REFUNDING']);

export function isSold({ status }: BookOrder): boolean {
  return SOLD.has(status);
}

/** Pieces that an order's lines ask for, per product; several lines of one product count together. */
export function asked(order: BookOrder): ReadonlyMap<string, number> {
  return addUp(order.lines);
}

/** Pieces per product. */
export function addUp(lines: Iterable<Pieces>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { productId, quantity } of lines) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  return sums;
}

export function sum<T>(rows: Iterable<T>, value: (row: T) => number): number {
  let total = 0;
  for (const row of rows) total += value(row);
  return total;
}

/** Captured by the provider and not given back, in minor units. */
export function kept(entry: LedgerEntry): number {
  return entry.capturedAmount - entry.refundedAmount;
}
