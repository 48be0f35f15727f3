import type { ProviderAnswer, ProviderPart, ProviderRecord } from '../domain/provider-answer.js';
import type { Attempt } from '../domain/attempt.js';

/** An attempt and what the provider said to it. */
export interface Answered {
  readonly kind: 'answer';
  readonly attempt: Attempt;
  readonly answer: ProviderAnswer;
}

/** What the provider reports of its own accord. */
export interface Reported {
  readonly kind: 'event';
  readonly orderId: string;
  /** the same however often it is sent */
  readonly eventId: string;
  readonly shown: ProviderRecord | ProviderPart;
}

/** What was read in the provider's ledger. */
export interface Read {
  readonly kind: 'read';
  readonly orderId: string;
  readonly shown: ProviderRecord;
}

/** What is learnt of a payment. */
export type News = Answered | Reported | Read;

/** What news came to. `nothing-new`: of an answer, that somebody else had taken its attempt over. */
export type NewsOutcome = 'settled' | 'nothing-new' | 'seen-before';

export function orderOf(news: News): string {
  return news.kind === 'answer' ? news.attempt.payment.orderId : news.orderId;
}
