import type { Transaction } from '@outrider/service-kit/database';
import type { ActionNotice, Reply } from '../domain/command.js';
import type { Next } from '../domain/conclude.js';
import type { Payment } from '../domain/payment.js';
import type { ProviderFact } from '../domain/provider-fact.js';
import { lockPaymentsOfOrders } from '../persistence/statements/lock-payments.js';
import { keepProviderEvents } from '../persistence/statements/store-provider-events.js';
import { openCommands } from '../persistence/statements/read-commands.js';
import type { StoredCommand } from '../persistence/statements/command-rows.js';
import { attemptCommands, finishCommands, type Claim } from '../persistence/statements/write-commands.js';
import { updatePayments } from '../persistence/statements/write-payments.js';
import { saveRefundsAndDisputes } from '../persistence/statements/refunds-and-disputes.js';
import type { Attempt, Claims } from '../domain/attempt.js';
import { hear } from '../domain/apply-update.js';
import { orderOf, type News, type NewsOutcome } from './update.js';

/** What is left to do when a set of news has been taken. */
export interface Taken {
  /** of each, in the order they were given */
  readonly outcomes: readonly NewsOutcome[];
  /** claimed by this process in the same transaction */
  readonly next: readonly Attempt[];
  /** for each attempt that nobody has claimed, when it is due, in ms from now */
  readonly dueInMs: readonly number[];
}

/** What a set of news changes. */
interface Changes {
  readonly payments: Payment[];
  readonly facts: { readonly orderId: string; readonly fact: ProviderFact }[];
  readonly finished: { readonly command: StoredCommand; readonly reply: Reply }[];
  readonly notices: { readonly orderId: string; readonly notice: ActionNotice }[];
  readonly next: { readonly payment: Payment; readonly next: Next<StoredCommand> }[];
}

/**
 * Takes in what the provider answered, reported of its own accord or has in its ledger, and writes what follows with the events of
 * it, in one transaction: for many payments at once, because news that come close together are taken together. An
 * answer whose attempt has changed hands is dropped; an event's id is kept, and an event told again has no effect.
 *
 * Locks are taken in the order ids of events (sorted), payments (by id), which nobody takes the other way round.
 *
 * @param news one for each order at most: what follows from a second one depends on what the first one changed
 * @param waitMs how long to wait before an operation is tried again, by how often it was; `slow`: what is
 *   waited for may take days
 */
export async function takeNews(
  tx: Transaction,
  news: readonly News[],
  provider: string,
  claims: Claims,
  waitMs: (tries: number, slow: boolean) => number,
): Promise<Taken> {
  const claimedAt = performance.now();
  const events = news.flatMap((one) => (one.kind === 'event' ? [one] : []));
  const fresh = await keepProviderEvents(tx.sql, provider, events);
  const heard = news.filter((one) => one.kind !== 'event' || fresh.has(one.eventId));
  const payments = await lockPaymentsOfOrders(tx.sql, heard.map(orderOf));
  const ids = [...payments.values()].map(({ id }) => id);
  const open = Map.groupBy(await openCommands(tx.sql, ids), ({ orderId }) => orderId);
  const changes: Changes = { payments: [], facts: [], finished: [], notices: [], next: [] };
  const now = new Date();
  const outcomes = news.map((one): NewsOutcome => {
    if (one.kind === 'event' && !fresh.has(one.eventId)) return 'seen-before';
    const orderId = orderOf(one);
    const heardOf = hear(payments.get(orderId), open.get(orderId) ?? [], one, provider, now);
    if (heardOf === undefined) return 'nothing-new';
    const { payment, answered, facts, notice, next } = heardOf;
    changes.payments.push(payment);
    changes.facts.push(...facts.map((fact) => ({ orderId, fact })));
    changes.finished.push(...answered);
    if (notice !== undefined) changes.notices.push({ orderId, notice });
    if (next !== undefined) changes.next.push({ payment, next });
    return 'settled';
  });
  let free = claims.free();
  const attempts = changes.next.map(({ payment, next }) => {
    const claim: Claim =
      next.when !== 'now'
        ? { owner: null, dueInMs: Math.min(waitMs(next.tries, next.when === 'slow'), msToAct(payment)) }
        : (free -= 1) >= 0
          ? { owner: claims.owner, dueInMs: claims.leaseMs }
          : { owner: null, dueInMs: 0 };
    return { payment, ...next, claim };
  });
  await updatePayments(tx.sql, changes.payments);
  await saveRefundsAndDisputes(
    tx.sql,
    changes.payments.map((payment) => ({ payment, before: payments.get(payment.orderId) })),
  );
  await finishCommands(tx.sql, changes.finished);
  await attemptCommands(tx.sql, attempts);
  // what happened first is said first
  for (const { orderId, fact } of changes.facts) tx.emit('order-event', fact.type, orderId, fact.payload);
  for (const { command, reply } of changes.finished) tx.emit('order-event', reply.type, command.orderId, reply.payload);
  for (const { orderId, notice } of changes.notices) tx.emit('order-event', notice.type, orderId, notice.payload);
  return {
    outcomes,
    next: attempts.flatMap(({ payment, command, operation, round, tries, inDoubt, claim }): Attempt[] => {
      if (claim.owner === null) return [];
      const version = command.version + 1;
      return [{ payment, operation, command: { ...command, round, tries, inDoubt, version }, claimedAt }];
    }),
    dueInMs: attempts.flatMap(({ claim }) => (claim.owner === null ? [claim.dueInMs] : [])),
  };
}

/** How long the customer still has: how it stands is looked at then, if not before. */
function msToAct({ action }: Payment): number {
  const left = action === null ? 0 : Date.parse(action.expiresAt) - Date.now();
  // once it is over the waits count alone: a provider that is away is not to be asked without end
  return left > 0 ? left : Infinity;
}
