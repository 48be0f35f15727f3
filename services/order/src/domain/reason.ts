import { isReasonCode, reasonCodeOf, type OrderStatus, type PayloadOf, type ReasonCode } from '@outrider/contracts';

/** Why something happened: a code that anyone may see, and free text for admins and logs. */
export interface Why {
  /** null where there is only text, as in a refund's request */
  readonly code: ReasonCode | null;
  readonly detail: string | null;
}

export function why(code: ReasonCode | null, detail: string | null = null): Why {
  return { code, detail: detail === null ? null : printable(detail) };
}

/** Why inventory reserved nothing for an order. */
export function whyNotReserved({ reason }: PayloadOf<'order-event', 'RESERVATION_CREATION_FAILED'>): Why {
  switch (reason) {
    case 'OUT_OF_STOCK':
      return why('out-of-stock', reason);
    case 'UNKNOWN_PRODUCT':
      return why('unknown-product', reason);
    case 'RELEASED':
      // it was reserved and released before: a command that was delivered again, late
      return why('reservation-expired', reason);
  }
}

/** Why payment did not carry out a command: its code; senders without one, or with an unknown one, only have text. */
export function whyNotPaid(
  { code, reason }: { readonly code?: string | undefined; readonly reason: string },
  general: ReasonCode,
): Why {
  return why(code === undefined ? codeOfWords(reason, general) : reasonCodeOf(code, general), reason);
}

/** A reason in a row. Versions before the codes stored text, and still do where they run beside this one. */
export interface StoredReason {
  readonly reason: string | null;
  readonly detail: string | null;
}

/** The reason of an order in `status`. */
export function orderReason({ reason, detail }: StoredReason, status: OrderStatus): Why {
  if (reason === null || isReasonCode(reason)) return { code: reason, detail };
  return { code: codeOfWords(reason, generalOf(status)), detail: detail ?? reason };
}

/** The failure of a refund. */
export function refundFailure({ reason, detail }: StoredReason): Why {
  if (reason === null || isReasonCode(reason)) return { code: reason, detail };
  return { code: codeOfWords(reason, 'refund-failed'), detail: detail ?? reason };
}

/** The reason of an entry of the timeline. */
export function entryReason(stored: StoredReason, input: string, status: OrderStatus): Why {
  // that is text from the refund's request, even if it looks like a code
  if (input === 'REFUND') return { code: null, detail: stored.detail ?? stored.reason };
  return input === 'PAYMENT_REFUND_FAILED' ? refundFailure(stored) : orderReason(stored, status);
}

/** The text that versions before the codes stored. */
const WORDS: ReadonlyMap<string, ReasonCode> = new Map([
  ['OUT_OF_STOCK', 'out-of-stock'],
  ['UNKNOWN_PRODUCT', 'unknown-product'],
  ['RESERVATION_DEADLINE', 'reservation-timeout'],
  // states of a reservation that could not be confirmed, and the words of the saga and of inventory's clock
  ...['RELEASED', 'RESERVATION_EXPIRED', 'EXPIRED', 'WAITING', 'REJECTED', 'NONE'].map(
    (word) => [word, 'reservation-expired'] as const,
  ),
  ['PAYMENT_DEADLINE', 'payment-timeout'],
  ['CANCELLED', 'cancelled'],
  ['CANCEL_REQUESTED', 'cancelled'],
  ['card_declined', 'card-declined'],
  ['generic_decline', 'card-declined'],
  ['insufficient_funds', 'insufficient-funds'],
  ['expired_card', 'card-expired'],
  ['denied_by_customer', 'authentication-failed'],
  ['the customer did not act in time', 'authentication-timeout'],
]);
const ANOTHER_AMOUNT = /^(?:authorised|captured) \d+ of \d+$/u;

function codeOfWords(words: string, general: ReasonCode): ReasonCode {
  return WORDS.get(words) ?? (ANOTHER_AMOUNT.test(words) ? 'amount-mismatch' : general);
}

/** The code of unknown text: payment's, unless the order's status says otherwise. */
function generalOf(status: OrderStatus): ReasonCode {
  switch (status) {
    case 'CANCELLING':
    case 'CANCELLED':
      return 'cancelled';
    case 'FAILED':
      return 'reservation-expired';
    case 'CREATED':
    case 'PAYING':
    case 'PAID':
    case 'COMPENSATING':
    case 'REFUNDING':
    case 'COMPLETED':
    case 'PAYMENT_FAILED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return 'payment-failed';
  }
}

/** Text from outside, without control characters. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ');
}
