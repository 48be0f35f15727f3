import { conclude, type Conclusion } from './conclude.js';
import { isOf, stillCounts, wholeOf } from './hear.js';
import type { Payment } from './payment.js';
import { settles } from './outcome.js';
import { learnMoney, takeOverIdle } from './apply-record.js';
import type { Learnt } from './refunds.js';
import type { StoredCommand } from '../persistence/statements/command-rows.js';
import type { News } from '../commands/update.js';

/**
 * Decides what follows from news; undefined when nothing does. What the provider shows of its own accord, or in its
 * ledger, settles the operation on its way when it shows that this has had its effect, exactly as a lookup would; what
 * was given back and what is disputed is taken over at any time, all else when nothing is on its way.
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
  if (payment === undefined) return undefined;
  const running = open.find(({ state }) => state === 'RUNNING');
  const operation = running?.operation ?? null;
  const waiting = open.filter(({ state }) => state === 'WAITING');
  if (news.kind === 'answer') {
    if (running === undefined || operation === null || !stillCounts(running, news.attempt.command)) return undefined;
    return conclude<StoredCommand>(payment, { ...running, operation }, waiting, news.answer, now);
  }
  if (!isOf(payment, provider, news.shown)) return undefined;
  const record = wholeOf(payment, news.shown);
  if (record === undefined) return undefined;
  if (running !== undefined && operation !== null) {
    const tried = { ...running, operation };
    if (settles(payment, tried, record)) {
      return conclude<StoredCommand>(payment, tried, waiting, { kind: 'record', record }, now);
    }
    return changed(payment, learnMoney(payment, record, tried));
  }
  // its name is not known: it was never made, or refused at once, and whatever this shows is none of it
  return payment.providerReference === null ? undefined : changed(payment, takeOverIdle(payment, record));
}

function changed(before: Payment, { payment, facts }: Learnt): Conclusion<StoredCommand> | undefined {
  return payment === before ? undefined : { payment, facts, answered: [], next: undefined };
}
