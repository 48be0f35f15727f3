import { advance } from './advance.js';
import type { ActionNotice, Command, Reply } from './command.js';
import type { Operation, Payment } from './payment.js';
import type { ProviderAnswer } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import { settle } from './outcome.js';
import type { Running } from './apply-record.js';

/** A command with an operation on the way, and how its tries went so far. */
export interface Tried extends Running {
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

/** All that follows from one answer of the provider: for the command it was for, and for those that waited behind. */
export interface Conclusion<C> {
  readonly payment: Payment;
  readonly answered: readonly { readonly command: C; readonly reply: Reply }[];
  /** what order is to be told before it gets its answer */
  readonly notice?: ActionNotice;
  /** what order is to be told besides, before all answers */
  readonly facts: readonly ProviderFact[];
  readonly next: Next<C> | undefined;
}

/** @param waiting the commands behind the running one, in the order they came */
export function conclude<C extends Command>(
  payment: Payment,
  running: C & Tried,
  waiting: readonly C[],
  answer: ProviderAnswer,
  now: Date,
): Conclusion<C> {
  const settled = settle(payment, running, answer, now);
  const { operation, round, tries } = running;
  const { facts } = settled;
  switch (settled.kind) {
    case 'again': {
      const { inDoubt, newRound } = settled;
      const next: Next<C> = {
        command: running,
        operation,
        round: newRound ? round + 1 : round,
        tries: tries + 1,
        inDoubt,
        when: 'later',
      };
      return { payment: settled.payment, answered: [], facts, next };
    }
    case 'waits': {
      const { notice, slow } = settled;
      const next: Next<C> = {
        command: running,
        operation: settled.operation,
        round,
        tries: notice === undefined ? tries + 1 : 1,
        inDoubt: false,
        when: slow ? 'slow' : 'later',
      };
      return { payment: settled.payment, answered: [], ...(notice && { notice }), facts, next };
    }
    case 'operate': {
      const next: Next<C> = {
        command: running,
        operation: settled.operation,
        round: round + 1,
        tries: settled.slow === true ? tries + 1 : 0,
        inDoubt: false,
        when: settled.slow === true ? 'slow' : 'now',
      };
      return { payment: settled.payment, answered: [], facts, next };
    }
    case 'answered': {
      const owner = { orderId: payment.orderId, newPaymentId: payment.id };
      const after = advance(settled.payment, waiting, owner);
      return {
        payment: after.payment ?? settled.payment,
        answered: [{ command: running, reply: settled.reply }, ...after.answered],
        facts,
        next: after.running && { ...after.running, round: 0, tries: 0, inDoubt: false, when: 'now' },
      };
    }
  }
}
