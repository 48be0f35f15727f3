import { ProblemError } from './http/problem.js';

/**
 * The steps in which a payment provider can move money, in minor units, where that is not 1: product refuses prices by
 * it, order refuses totals and refunds, and payment's adapter converts by it.
 */
const STEPS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  stripe: {
    // two decimals by ISO 4217, none at Stripe: whole ariary
    MGA: 100,
    // three decimals, of which Stripe takes the last one as zero only
    BHD: 10,
    JOD: 10,
    KWD: 10,
    OMR: 10,
    TND: 10,
  },
};

/**
 * The step of a provider's amounts in a currency, in minor units: 1 for a provider without a rule for it.
 *
 * @param provider the setting PAYMENT_PROVIDER
 */
export function amountStep(provider: string, currency: string): number {
  const steps = Object.hasOwn(STEPS, provider) ? STEPS[provider] : undefined;
  return steps !== undefined && Object.hasOwn(steps, currency) ? (steps[currency] ?? 1) : 1;
}

/** @throws ProblemError amount-not-supported (409) when the provider cannot move this amount */
export function refuseUnmovable(provider: string, amount: number, currency: string): void {
  if (isMovable(provider, amount, currency)) return;
  const step = amountStep(provider, currency);
  throw new ProblemError('amount-not-supported', `${currency} is moved in steps of ${step} minor units`, { step });
}

/** True when the provider can move this amount. */
export function isMovable(provider: string, amount: number, currency: string): boolean {
  return amount % amountStep(provider, currency) === 0;
}
