import { decideInOrder } from './decide-in-order.js';
import { applyIdleRecord, applyRefundsAndDisputes, type RunningCommand } from './apply-record.js';
import type { ActionNotice, Command, Reply, StoredCommand } from './command.js';
import { isConclusive, outcomeOf } from './outcome.js';
import type { Operation, Payment } from './payment.js';
import type { ProviderAnswer, ProviderPart, ProviderRecord, ProviderRefund } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import type { ProviderUpdate } from './provider-update.js';
import type { Changed } from './refunds.js';

/** A command whose operation is with the provider, and how its tries went so far. */
export interface TriedCommand extends RunningCommand {
  /** definite refusals */
  readonly round: number;
  readonly tries: number;
}

/** An operation to be carried out: `now`, or after a wait that grows with the tries; `slow`: it may take days. */
export interface Next<C> {
  readonly command: C;
  readonly operation: Operation;
  readonly round: number;
  readonly tries: number;
  readonly inDoubt: boolean;
  readonly when: 'now' | 'later' | 'slow';
}

/** All that follows from one update: for the command that is running, and for those that waited behind it. */
export interface Applied<C> {
  readonly payment: Payment;
  readonly answered: readonly { readonly command: C; readonly reply: Reply }[];
  /** sent to order before the answer, which is still to come */
  readonly notice?: ActionNotice;
  /** sent to order before all answers */
  readonly facts: readonly ProviderFact[];
  readonly next: Next<C> | undefined;
}

/**
 * Decides what follows from an update; undefined when nothing does. A record from an event or the ledger decides the
 * running operation when it shows that this has had its effect, exactly as a lookup would. Refunds and disputes are
 * applied at any time, all else only while no operation is running.
 *
 * @param open the running command and those that wait behind it, in the order they came
 * @param provider the one in use
 */
export function applyUpdate(
  payment: Payment | undefined,
  open: readonly StoredCommand[],
  update: ProviderUpdate,
  provider: string,
  now: Date,
): Applied<StoredCommand> | undefined {
  if (payment === undefined) return undefined;
  const running = open.find(({ state }) => state === 'RUNNING');
  const operation = running?.operation ?? null;
  const waiting = open.filter(({ state }) => state === 'WAITING');
  if (update.kind === 'answer') {
    if (running === undefined || operation === null || !isCurrent(running, update.attempt.command)) return undefined;
    return applyAnswer<StoredCommand>(payment, { ...running, operation }, waiting, update.answer, now);
  }
  if (!isAbout(payment, provider, update.shown)) return undefined;
  const record = completeRecord(payment, update.shown);
  if (record === undefined) return undefined;
  if (running !== undefined && operation !== null) {
    const tried = { ...running, operation };
    if (isConclusive(payment, tried, record)) {
      return applyAnswer<StoredCommand>(payment, tried, waiting, { kind: 'record', record }, now);
    }
    return appliedIfChanged(payment, applyRefundsAndDisputes(payment, record, tried));
  }
  // without a reference the provider never made it, or refused it at once: the record is of some other payment
  if (payment.providerReference === null) return undefined;
  return appliedIfChanged(payment, applyIdleRecord(payment, record));
}

/**
 * Applies the provider's answer to the running command.
 *
 * @param waiting the commands behind the running one, in the order they came
 */
export function applyAnswer<C extends Command>(
  payment: Payment,
  running: C & TriedCommand,
  waiting: readonly C[],
  answer: ProviderAnswer,
  now: Date,
): Applied<C> {
  const outcome = outcomeOf(payment, running, answer, now);
  const { operation, round, tries } = running;
  const { facts } = outcome;
  const goesOn = (next: Omit<Next<C>, 'command'>, notice?: ActionNotice): Applied<C> => ({
    payment: outcome.payment,
    answered: [],
    ...(notice && { notice }),
    facts,
    next: { command: running, ...next },
  });
  switch (outcome.kind) {
    case 'retry': {
      const { inDoubt, newRound } = outcome;
      return goesOn({ operation, round: newRound ? round + 1 : round, tries: tries + 1, inDoubt, when: 'later' });
    }
    case 'wait': {
      const { notice, slow } = outcome;
      const when = slow ? 'slow' : 'later';
      const nextTries = notice === undefined ? tries + 1 : 1;
      return goesOn({ operation: outcome.operation, round, tries: nextTries, inDoubt: false, when }, notice);
    }
    case 'operate': {
      const slow = outcome.slow === true;
      const nextTries = slow ? tries + 1 : 0;
      const when = slow ? 'slow' : 'now';
      return goesOn({ operation: outcome.operation, round: round + 1, tries: nextTries, inDoubt: false, when });
    }
    case 'answered': {
      const owner = { orderId: payment.orderId, newPaymentId: payment.id };
      const after = decideInOrder(outcome.payment, waiting, owner);
      return {
        payment: after.payment ?? outcome.payment,
        answered: [{ command: running, reply: outcome.reply }, ...after.answered],
        facts,
        next: after.running && { ...after.running, round: 0, tries: 0, inDoubt: false, when: 'now' },
      };
    }
  }
}

type Try = Pick<StoredCommand, 'commandId' | 'version'>;

/** Is an answer to the current try? Each claim changes the version; another process may have claimed it since. */
export function isCurrent(running: Try, asked: Try): boolean {
  return running.commandId === asked.commandId && running.version === asked.version;
}

/** Is what the provider shows about this payment? By its reference, which is not known before the first answer. */
export function isAbout(payment: Payment, provider: string, { reference }: ProviderRecord | ProviderPart): boolean {
  return payment.provider === provider && [null, reference].includes(payment.providerReference);
}

/**
 * Completes a part, which shows refunds and disputes alone, by what is known of the payment. Undefined when the payment
 * is not known to be captured: then a part says too little. A refund that may be the release of what was not captured is
 * left to the next lookup, which the walk over the provider's ledger makes when the refund is a true one.
 */
export function completeRecord(payment: Payment, shown: ProviderRecord | ProviderPart): ProviderRecord | undefined {
  if (shown.status !== undefined) return shown;
  const { capturedAmount } = payment;
  if (capturedAmount === 0) return undefined;
  const { reference, disputes, mayBeRelease } = shown;
  const refunds = mayBeRelease ? shown.refunds.filter((one) => !isReleased(payment, one)) : shown.refunds;
  return { reference, status: 'CAPTURED', capturedAmount, refunds, disputes, reason: null };
}

function isReleased(payment: Payment, { id, amount, refundId }: ProviderRefund): boolean {
  const { amount: authorised, capturedAmount, refunds } = payment;
  return refundId === null && amount === authorised - capturedAmount && !refunds.some((known) => known.id === id);
}

function appliedIfChanged(before: Payment, { payment, facts }: Changed): Applied<StoredCommand> | undefined {
  return payment === before ? undefined : { payment, facts, answered: [], next: undefined };
}
