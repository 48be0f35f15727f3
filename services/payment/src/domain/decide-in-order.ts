import type { Command, Reply } from './command.js';
import { decide, type Owner } from './decide.js';
import type { Operation, Payment } from './payment.js';

/** How far a payment's commands have come. */
export interface DecidedInOrder<C extends Command> {
  readonly payment: Payment | undefined;
  readonly answered: readonly { readonly command: C; readonly reply: Reply }[];
  /** the one that needs the provider now; one at a time: the commands behind it wait until it has ended */
  readonly running: { readonly command: C; readonly operation: Operation } | undefined;
}

/** Decides commands in their order until one needs the provider. No command of the payment may be running. */
export function decideInOrder<C extends Command>(
  payment: Payment | undefined,
  commands: readonly C[],
  owner: Owner,
): DecidedInOrder<C> {
  let current = payment;
  const answered: { command: C; reply: Reply }[] = [];
  for (const command of commands) {
    const decision = decide(current, command, owner);
    current = decision.payment;
    if (decision.kind === 'operate') {
      const running = { command, operation: decision.operation };
      return { payment: current, answered, running };
    }
    answered.push({ command, reply: decision.reply });
  }
  return { payment: current, answered, running: undefined };
}
