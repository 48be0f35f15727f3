import type { Attempt } from './attempt.js';
import type { ProviderAnswer, ProviderPart, ProviderRecord } from './provider-answer.js';

/** What the provider shows of a payment: the answer to an attempt, an event by webhook, or an entry of its ledger. */
export type ProviderUpdate =
  | { readonly kind: 'answer'; readonly attempt: Attempt; readonly answer: ProviderAnswer }
  | {
      readonly kind: 'event';
      readonly orderId: string;
      /** the same however often the event is sent */
      readonly eventId: string;
      readonly shown: ProviderRecord | ProviderPart;
    }
  | { readonly kind: 'ledger'; readonly orderId: string; readonly shown: ProviderRecord };

/**
 * What became of an update. `nothing-new`: the payment is as it was before; of an answer, that its attempt had been
 * claimed by another process, or had ended. `seen-before`: an event whose id is stored already.
 */
export type UpdateResult = 'applied' | 'nothing-new' | 'seen-before';

export function orderOf(update: ProviderUpdate): string {
  return update.kind === 'answer' ? update.attempt.payment.orderId : update.orderId;
}
