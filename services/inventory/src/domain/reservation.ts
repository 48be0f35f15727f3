import type { PayloadOf, ProductQuantity, ReservationStatus } from '@outrider/contracts';

/** A line of an order as it was asked for. Several may name one product; they count together. */
export interface ReservationLine extends ProductQuantity {
  /** pieces that came back after the sale */
  readonly restocked: number;
}

/**
 * The stock that is kept for one order. WAITING is seen by nobody outside: the order asks for a product whose
 * registration has not arrived here yet, and is answered when it has, or when the wait is over.
 */
export interface Reservation {
  readonly id: string;
  readonly orderId: string;
  readonly status: ReservationStatus | 'WAITING';
  readonly lines: readonly ReservationLine[];
  /** RESERVED: when the stock is given back; WAITING: when the wait is over */
  readonly expiresAt: Date | null;
  /** WAITING: the command that is still to be answered */
  readonly waitingCommand: string | null;
  readonly createdAt: Date;
  /** of the stored row; 0 when there is none yet */
  readonly version: number;
  /** the trace of the request that it was made by; stored when it is made; absent or null: none */
  readonly traceparent?: string | null;
}

type AnswerType =
  | 'RESERVATION_CREATION_SUCCEEDED'
  | 'RESERVATION_CREATION_FAILED'
  | 'RESERVATION_CONFIRM'
  | 'RESERVATION_CONFIRM_FAILED'
  | 'RESERVATION_RELEASE'
  | 'RESERVATION_RESTOCKED';

/** The answer to a command, kept as long as the reservation, so that the same command is answered the same again. */
export type Answer = {
  [N in AnswerType]: { readonly type: N; readonly payload: PayloadOf<'order-event', N> };
}[AnswerType];

/** What an order asks for. */
export type ReservationCommand =
  | { readonly kind: 'create'; readonly lines: readonly ProductQuantity[] }
  | { readonly kind: 'extend'; readonly until: Date }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'release' }
  | { readonly kind: 'restock'; readonly refundId: string; readonly lines: readonly ProductQuantity[] };

/** What can happen to a reservation. `due` is inventory's own clock: the time ran out, or a product has arrived. */
export type ReservationInput = { readonly orderId: string } & (
  | { readonly kind: 'due' }
  | (ReservationCommand & { readonly commandId: string })
);

/** Pieces per product, over lines that may name a product more than once. */
export function piecesByProduct(lines: readonly ProductQuantity[]): ReadonlyMap<string, number> {
  const pieces = new Map<string, number>();
  for (const { productId, quantity } of lines) pieces.set(productId, (pieces.get(productId) ?? 0) + quantity);
  return pieces;
}
