import type { Transaction } from '@outrider/service-kit/database';
import { applyUpdate, type Applied, type Next } from '../domain/apply-update.js';
import type { Attempt, Claims } from '../domain/attempt.js';
import type { StoredCommand } from '../domain/command.js';
import type { Payment } from '../domain/payment.js';
import { orderOf, type ProviderUpdate, type UpdateResult } from '../domain/provider-update.js';
import { lockPaymentsOfOrders } from '../persistence/statements/lock-payments.js';
import { storeProviderEvents } from '../persistence/statements/provider-events.js';
import { openCommands } from '../persistence/statements/read-commands.js';
import { saveRefundsAndDisputes } from '../persistence/statements/refunds-and-disputes.js';
import { attemptCommands, finishCommands, type Claim } from '../persistence/statements/write-commands.js';
import { updatePayments } from '../persistence/statements/write-payments.js';
import type { RetryPolicy } from '../policies/retry-policy.js';

/** What is left to do when a batch of updates has been applied. */
export interface AppliedBatch {
  /** of each update, in the order they were given */
  readonly results: readonly UpdateResult[];
  /** claimed by this process in the same transaction */
  readonly next: readonly Attempt[];
  /** for each attempt that no process has claimed, when it is due, in ms from now */
  readonly dueInMs: readonly number[];
}

export interface ApplyUpdatesSettings {
  /** the provider in use */
  readonly provider: string;
  readonly claims: Claims;
  readonly retry: RetryPolicy;
}

/**
 * Applies answers, events and ledger entries of the provider, and sends what follows to order, in one transaction for
 * many payments: updates that come close together are applied together. An answer whose attempt another process has
 * claimed since is dropped; an event's id is stored, and an event that is sent again has no effect.
 *
 * Locks are taken in the order event ids (sorted), payments (by id), everywhere.
 *
 * @param updates one for each order at most: what follows from a second one depends on what the first one changed
 */
export async function applyUpdates(
  tx: Transaction,
  updates: readonly ProviderUpdate[],
  { provider, claims, retry }: ApplyUpdatesSettings,
): Promise<AppliedBatch> {
  const claimedAt = performance.now();
  const events = updates.flatMap((update) => (update.kind === 'event' ? [update] : []));
  const newEvents = await storeProviderEvents(tx.sql, provider, events);
  const isSeen = (update: ProviderUpdate): boolean => update.kind === 'event' && !newEvents.has(update.eventId);
  const orderIds = updates.filter((update) => !isSeen(update)).map(orderOf);
  // one behind the other on their way: commands are read after the locks were had
  const [payments, commands] = await Promise.all([
    lockPaymentsOfOrders(tx.sql, orderIds),
    openCommands(tx.sql, orderIds),
  ]);
  for (const update of updates) tx.trace.continue(orderOf(update), traceOf(update, payments));
  const open = Map.groupBy(commands, ({ orderId }) => orderId);
  const now = new Date();
  const changes: Applied<StoredCommand>[] = [];
  const results = updates.map((update): UpdateResult => {
    if (isSeen(update)) return 'seen-before';
    const orderId = orderOf(update);
    const applied = applyUpdate(payments.get(orderId), open.get(orderId) ?? [], update, provider, now);
    if (applied === undefined) return 'nothing-new';
    changes.push(applied);
    return 'applied';
  });
  const attempts = nextAttempts(changes, claims, retry);
  await updatePayments(
    tx.unread,
    changes.map(({ payment }) => payment),
  );
  await saveRefundsAndDisputes(
    tx.unread,
    changes.map(({ payment }) => ({ payment, before: payments.get(payment.orderId) })),
  );
  await finishCommands(
    tx.unread,
    changes.flatMap(({ answered }) => answered),
  );
  await attemptCommands(tx.unread, attempts);
  emitAll(tx, changes);
  return {
    results,
    next: attempts.flatMap(({ payment, command, operation, round, tries, inDoubt, claim }): Attempt[] => {
      if (claim.owner === null) return [];
      const version = command.version + 1;
      return [{ payment, operation, command: { ...command, round, tries, inDoubt, version }, claimedAt }];
    }),
    dueInMs: attempts.flatMap(({ claim }) => (claim.owner === null ? [claim.dueInMs] : [])),
  };
}

/** An answer belongs to the command that was attempted, everything else to the payment. */
function traceOf(update: ProviderUpdate, payments: ReadonlyMap<string, Payment>): string | null {
  const payment = update.kind === 'answer' ? update.attempt.payment : payments.get(orderOf(update));
  return payment?.traceparent ?? null;
}

/** What the provider is to be asked next: what is due now is claimed by this process as far as it has room. */
function nextAttempts(
  changes: readonly Applied<StoredCommand>[],
  claims: Claims,
  retry: RetryPolicy,
): (Next<StoredCommand> & { readonly payment: Payment; readonly claim: Claim })[] {
  let free = claims.free();
  const claimOf = (payment: Payment, { when, tries }: Next<StoredCommand>): Claim => {
    if (when !== 'now') {
      return { owner: null, dueInMs: Math.min(retry.waitMs(tries, when === 'slow'), msToAct(payment)) };
    }
    free -= 1;
    return free >= 0 ? { owner: claims.owner, dueInMs: claims.leaseMs } : { owner: null, dueInMs: 0 };
  };
  return changes.flatMap(({ payment, next }) =>
    next === undefined ? [] : [{ payment, ...next, claim: claimOf(payment, next) }],
  );
}

/** Facts first, then answers, then notices: in the order in which they happened. */
function emitAll(tx: Transaction, changes: readonly Applied<StoredCommand>[]): void {
  for (const { payment, facts } of changes) for (const fact of facts) tx.emit('order-event', payment.orderId, fact);
  for (const { payment, answered } of changes)
    for (const { reply } of answered) tx.emit('order-event', payment.orderId, reply);
  for (const { payment, notice } of changes) if (notice !== undefined) tx.emit('order-event', payment.orderId, notice);
}

/** How long the customer still has, in ms: the payment is looked up then at the latest. */
function msToAct({ action }: Payment): number {
  const left = action === null ? 0 : Date.parse(action.expiresAt) - Date.now();
  // afterwards the waits count alone: a provider that is away must not be asked without pause
  return left > 0 ? left : Infinity;
}
