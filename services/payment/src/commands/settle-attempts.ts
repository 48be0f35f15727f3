import type { Transaction } from '@outrider/service-kit/database';
import type { ActionNotice, Reply } from '../domain/command.js';
import { conclude, type Next } from '../domain/conclude.js';
import type { Payment } from '../domain/payment.js';
import type { ProviderAnswer } from '../domain/provider-answer.js';
import { lockPayments } from '../persistence/lock-payments.js';
import { openCommands } from '../persistence/read-commands.js';
import type { StoredCommand } from '../persistence/stored-command.js';
import { attemptCommands, finishCommands, type Claim } from '../persistence/write-commands.js';
import { updatePayments } from '../persistence/write-payments.js';
import type { Attempt, Claims } from './attempt.js';

/** An attempt and what the provider said to it. */
export interface Answered {
  readonly attempt: Attempt;
  readonly answer: ProviderAnswer;
}

/** What is left to do when a set of answers has been written. */
export interface Settled {
  /** claimed by this process in the same transaction */
  readonly next: readonly Attempt[];
  /** for each attempt that nobody has claimed, when it is due, in ms from now */
  readonly dueInMs: readonly number[];
  /** answers that came after somebody else had taken the attempt over: nothing of them was written */
  readonly fenced: number;
}

/** What a set of answers changes. */
interface Changes {
  readonly payments: Payment[];
  readonly finished: { readonly command: StoredCommand; readonly reply: Reply }[];
  readonly notices: { readonly orderId: string; readonly notice: ActionNotice }[];
  readonly next: { readonly payment: Payment; readonly next: Next<StoredCommand> }[];
  fenced: number;
}

/**
 * Writes what the provider answered, and the events with it, in one transaction: for many payments at once, because
 * answers that come close together are written together. An answer whose attempt has changed hands is dropped.
 *
 * @param waitMs how long to wait before an operation is tried again, by how often it was
 */
export async function settleAttempts(
  tx: Transaction,
  answers: readonly Answered[],
  claims: Claims,
  waitMs: (tries: number) => number,
): Promise<Settled> {
  const claimedAt = performance.now();
  const ids = answers.map(({ attempt }) => attempt.payment.id);
  const payments = await lockPayments(tx.sql, ids);
  const open = Map.groupBy(await openCommands(tx.sql, ids), ({ paymentId }) => paymentId);
  const changes: Changes = { payments: [], finished: [], notices: [], next: [], fenced: 0 };
  for (const answered of answers) {
    const { id } = answered.attempt.payment;
    addChanges(changes, payments.get(id), open.get(id) ?? [], answered);
  }
  let free = claims.free();
  const attempts = changes.next.map(({ payment, next }) => {
    const claim: Claim =
      next.when === 'later'
        ? { owner: null, dueInMs: Math.min(waitMs(next.tries), msToAct(payment)) }
        : (free -= 1) >= 0
          ? { owner: claims.owner, dueInMs: claims.leaseMs }
          : { owner: null, dueInMs: 0 };
    return { payment, ...next, claim };
  });
  await updatePayments(tx.sql, changes.payments);
  await finishCommands(tx.sql, changes.finished);
  await attemptCommands(tx.sql, attempts);
  for (const { command, reply } of changes.finished) tx.emit('order-event', reply.type, command.orderId, reply.payload);
  for (const { orderId, notice } of changes.notices) tx.emit('order-event', notice.type, orderId, notice.payload);
  return {
    next: attempts.flatMap(({ payment, command, operation, round, tries, inDoubt, claim }): Attempt[] => {
      if (claim.owner === null) return [];
      const version = command.version + 1;
      return [{ payment, operation, command: { ...command, round, tries, inDoubt, version }, claimedAt }];
    }),
    dueInMs: attempts.flatMap(({ claim }) => (claim.owner === null ? [claim.dueInMs] : [])),
    fenced: changes.fenced,
  };
}

function addChanges(
  changes: Changes,
  payment: Payment | undefined,
  open: readonly StoredCommand[],
  { attempt, answer }: Answered,
): void {
  const { commandId, version } = attempt.command;
  const running = open.find(({ state }) => state === 'RUNNING');
  const stillOurs = running?.commandId === commandId && running.version === version;
  if (payment === undefined || !stillOurs) {
    changes.fenced += 1;
    return;
  }
  const waiting = open.filter(({ state }) => state === 'WAITING');
  const { operation } = attempt;
  const {
    answered,
    notice,
    next,
    payment: after,
  } = conclude<StoredCommand>(payment, { ...running, operation }, waiting, answer, new Date());
  changes.payments.push(after);
  changes.finished.push(...answered);
  if (notice !== undefined) changes.notices.push({ orderId: payment.orderId, notice });
  if (next !== undefined) changes.next.push({ payment: after, next });
}

/** How long the customer still has: how it stands is looked at then, if not before. */
function msToAct({ action }: Payment): number {
  const left = action === null ? 0 : Date.parse(action.expiresAt) - Date.now();
  // once it is over the waits count alone: a provider that is away is not to be asked without end
  return left > 0 ? left : Infinity;
}
