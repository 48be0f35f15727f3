import type { CheckedOrder, OrderCheck } from '@outrider/order';
import { CREDIT_TERMS } from '../credit-check/credit-terms.js';

/**
 * Small orders are paid at once. About the others another program is asked, `credit-check`: there is no `ask` here, so the question
 * goes to it as an event. A shop that asks by a call has an `ask` instead.
 */
export class CreditCheck implements OrderCheck {
  constructor(private readonly terms = CREDIT_TERMS) {}

  concerns({ order }: CheckedOrder): boolean {
    const terms = this.terms[order.currency];
    return terms !== undefined && order.total >= terms.checkedFrom;
  }
}
