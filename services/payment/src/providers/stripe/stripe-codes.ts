import type { ReasonCode } from '@outrider/contracts';

/** Stripe's codes and decline codes as customers may see them; others are the general no of where they occur. */
const CODES: ReadonlyMap<string, ReasonCode> = new Map(
  (
    [
      ['insufficient-funds', ['insufficient_funds']],
      ['limit-exceeded', ['card_velocity_exceeded', 'withdrawal_count_limit_exceeded']],
      ['card-expired', ['expired_card']],
      [
        'incorrect-card-details',
        [
          'incorrect_address',
          'incorrect_cvc',
          'incorrect_number',
          'incorrect_pin',
          'incorrect_zip',
          'invalid_cvc',
          'invalid_expiry_month',
          'invalid_expiry_year',
          'invalid_number',
          'invalid_pin',
        ],
      ],
      [
        'authentication-failed',
        ['authentication_not_handled', 'authentication_required', 'payment_intent_authentication_failure'],
      ],
      ['payment-method-not-supported', ['card_not_supported', 'currency_not_supported', 'not_permitted']],
      ['issuer-unavailable', ['issuer_not_available', 'processing_error', 'reenter_transaction', 'try_again_later']],
      [
        'payment-method-invalid',
        [
          'invalid_account',
          'payment_intent_invalid_parameter',
          'payment_method_invalid_parameter',
          'payment_method_unactivated',
          'payment_method_unexpected_state',
          'token_already_used',
        ],
      ],
      ['amount-not-supported', ['amount_too_large', 'amount_too_small', 'invalid_amount', 'invalid_charge_amount']],
      ['payment-expired', ['charge_expired_for_capture', 'capture_charge_authorization_expired']],
    ] as const
  ).flatMap(([code, theirs]) => theirs.map((one): [string, ReasonCode] => [one, code])),
);

/** @returns undefined where Stripe's code says nothing that customers may be shown */
export function reasonCodeOfStripe(error: {
  readonly code?: string | undefined;
  readonly decline_code?: string | undefined;
  readonly param?: string | undefined;
}): ReasonCode | undefined {
  const code = CODES.get(error.decline_code ?? '') ?? CODES.get(error.code ?? '');
  if (code !== undefined) return code;
  if (error.param === 'payment_method') return 'payment-method-invalid';
  return error.param === 'amount' || error.param === 'currency' ? 'amount-not-supported' : undefined;
}
