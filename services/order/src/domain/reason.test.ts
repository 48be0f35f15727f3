import { describe, expect, test } from '@jest/globals';
import { REASON_CODES, type OrderStatus, type ReasonCode } from '@outrider/contracts';
import { entryReason, orderReason, refundFailure, whyNotPaid } from './reason.js';

describe('what versions before the codes have stored', () => {
  test.each<[string, OrderStatus, ReasonCode]>([
    ['OUT_OF_STOCK', 'FAILED', 'out-of-stock'],
    ['UNKNOWN_PRODUCT', 'FAILED', 'unknown-product'],
    ['RELEASED', 'FAILED', 'reservation-expired'],
    ['RESERVATION_DEADLINE', 'FAILED', 'reservation-timeout'],
    ['RESERVATION_EXPIRED', 'COMPENSATING', 'reservation-expired'],
    ['EXPIRED', 'FAILED', 'reservation-expired'],
    ['WAITING', 'COMPENSATING', 'reservation-expired'],
    ['REJECTED', 'FAILED', 'reservation-expired'],
    ['NONE', 'FAILED', 'reservation-expired'],
    ['words that nobody knows', 'FAILED', 'reservation-expired'],
    ['PAYMENT_DEADLINE', 'PAYMENT_FAILED', 'payment-timeout'],
    ['authorised 900 of 1000', 'PAYMENT_FAILED', 'amount-mismatch'],
    ['captured 0 of 1000', 'COMPENSATING', 'amount-mismatch'],
    ['card_declined', 'PAYMENT_FAILED', 'card-declined'],
    ['generic_decline', 'PAYMENT_FAILED', 'card-declined'],
    ['insufficient_funds', 'PAYMENT_FAILED', 'insufficient-funds'],
    ['expired_card', 'PAYMENT_FAILED', 'card-expired'],
    ['denied_by_customer', 'PAYMENT_FAILED', 'authentication-failed'],
    ['the customer did not act in time', 'PAYMENT_FAILED', 'authentication-timeout'],
    ['amount_too_small: amount (req_7)', 'PAYMENT_FAILED', 'payment-failed'],
    ['toString', 'PAYMENT_FAILED', 'payment-failed'],
    ['CANCEL_REQUESTED', 'PAID', 'cancelled'],
    ['CANCELLED', 'CANCELLED', 'cancelled'],
    ['capture refused', 'CANCELLING', 'cancelled'],
    ['capture refused', 'CANCELLED', 'cancelled'],
  ])('%s of an order that is %s: %s, and the words are kept', (reason, status, code) => {
    expect(orderReason({ reason, detail: null }, status)).toEqual({ code, detail: reason });
    expect(entryReason({ reason, detail: null }, 'PAYMENT_RELEASE', status)).toEqual({ code, detail: reason });
  });

  test('of a refund that failed, and of the entry that says so', () => {
    const why = { code: 'refund-failed', detail: 'charge_already_refunded (req_1)' };
    const stored = { reason: why.detail, detail: null };
    expect(refundFailure(stored)).toEqual(why);
    expect(entryReason(stored, 'PAYMENT_REFUND_FAILED', 'COMPLETED')).toEqual(why);
  });

  test.each(['broken', 'cancelled'])('an admin’s words for a refund are no code: %s', (reason) => {
    const why = { code: null, detail: reason };
    expect(entryReason({ reason, detail: null }, 'REFUND', 'REFUNDING')).toEqual(why);
    expect(entryReason({ reason: null, detail: reason }, 'REFUND', 'REFUNDING')).toEqual(why);
  });

  test('nothing', () => {
    const nothing = { reason: null, detail: null };
    const none = { code: null, detail: null };
    expect([orderReason(nothing, 'COMPLETED'), refundFailure(nothing)]).toEqual([none, none]);
    expect(entryReason(nothing, 'PLACED', 'CREATED')).toEqual(none);
  });
});

test.each(REASON_CODES)('%s is shown as it was stored', (code) => {
  const stored = { reason: code, detail: 'do_not_honor' };
  const why = { code, detail: 'do_not_honor' };
  expect(orderReason(stored, 'PAYMENT_FAILED')).toEqual(why);
  expect(refundFailure(stored)).toEqual(why);
  expect(entryReason(stored, 'PAYMENT_CREATION_FAILED', 'COMPENSATING')).toEqual(why);
});

describe('what payment says', () => {
  test('by its code, whatever its words', () => {
    const why = { code: 'card-expired', detail: 'insufficient_funds' };
    expect(whyNotPaid({ code: 'card-expired', reason: 'insufficient_funds' }, 'payment-failed')).toEqual(why);
  });

  test('a code of a newer version stands for the general one, and the words do not count', () => {
    const why = { code: 'payment-failed', detail: 'card_declined' };
    expect(whyNotPaid({ code: 'card-eaten', reason: 'card_declined' }, 'payment-failed')).toEqual(why);
  });

  test('an older version gives no code: its words are known or not', () => {
    expect(whyNotPaid({ reason: 'card_declined' }, 'payment-failed').code).toBe('card-declined');
    expect(whyNotPaid({ reason: 'no\u0000\ud800' }, 'refund-failed')).toEqual({
      code: 'refund-failed',
      detail: 'no  ',
    });
  });
});
