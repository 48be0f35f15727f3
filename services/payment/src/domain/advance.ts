import type { Command, Reply } from './command.js';
import { decide, type Owner } from './decide.js';
import type { Operation, Payment } from './payment.js';

/** How far a payment's commands have come. */
export interface Advanced<C extends Command> {
  readonly payment: Payment | undefined;
  readonly answered: readonly { readonly command: C; readonly reply: Reply }[];
  /** the one that needs the provider now; at most one at a time: those behind it wait until it has ended */
  readonly running: { readonly command: C; readonly operation: Operation } | undefined;
}

/** Decides commands one after the other, in their order, until one needs the provider. None may be running before. */
export function advance<C extends Command>(
  payment: Payment | undefined,
  commands: readonly C[],
  owner: Owner,
): Advanced<C> {
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
