import { conclude, type Conclusion } from '../domain/conclude.js';
import { stillCounts, tells } from '../domain/hear.js';
import type { Payment } from '../domain/payment.js';
import type { ProviderAnswer } from '../domain/provider-answer.js';
import type { StoredCommand } from '../persistence/stored-command.js';
import type { News } from './news.js';

/**
 * Decides what follows from news; undefined when nothing does.
 *
 * @param open what is running or waits behind it, in the order it came
 * @param provider the one in use
 */
export function hear(
  payment: Payment | undefined,
  open: readonly StoredCommand[],
  news: News,
  provider: string,
  now: Date,
): Conclusion<StoredCommand> | undefined {
  const running = open.find(({ state }) => state === 'RUNNING');
  const operation = running?.operation ?? null;
  if (payment === undefined || running === undefined || operation === null) return undefined;
  let answer: ProviderAnswer;
  switch (news.kind) {
    case 'answer':
      if (!stillCounts(running, news.attempt.command)) return undefined;
      ({ answer } = news);
      break;
    case 'event':
      if (!tells(payment, operation, provider, news.event.record)) return undefined;
      answer = { kind: 'record', record: news.event.record };
  }
  const waiting = open.filter(({ state }) => state === 'WAITING');
  return conclude<StoredCommand>(payment, { ...running, operation }, waiting, answer, now);
}
