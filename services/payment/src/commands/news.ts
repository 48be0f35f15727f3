import type { ProviderAnswer } from '../domain/provider-answer.js';
import type { ProviderEvent } from '../policies/payment-provider.js';
import type { Attempt } from './attempt.js';

/** An attempt and what the provider said to it. */
export interface Answered {
  readonly kind: 'answer';
  readonly attempt: Attempt;
  readonly answer: ProviderAnswer;
}

/** What the provider told of its own accord. */
export interface Told {
  readonly kind: 'event';
  readonly event: ProviderEvent;
}

/** What is heard of a payment. */
export type News = Answered | Told;

/** What news came to. `nothing-new`: of an answer, that somebody else had taken its attempt over. */
export type NewsOutcome = 'settled' | 'nothing-new' | 'seen-before';

export function orderOf(news: News): string {
  return news.kind === 'answer' ? news.attempt.payment.orderId : news.event.orderId;
}
