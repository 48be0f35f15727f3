import type { Command, Reply, Request } from '../../domain/command.js';
import type { Operation } from '../../domain/payment.js';

/** A command as it is kept. */
export interface StoredCommand extends Command {
  readonly orderId: string;
  /** null when it was answered without there being any payment */
  readonly paymentId: string | null;
  readonly state: 'WAITING' | 'RUNNING' | 'DONE';
  readonly operation: Operation | null;
  /** definite refusals so far */
  readonly round: number;
  /** one more with every change of hands */
  readonly version: number;
  readonly tries: number;
  readonly inDoubt: boolean;
  readonly reply: Reply | null;
}

export interface CommandRow {
  readonly order_id: string;
  readonly command_id: string;
  readonly payment_id: string | null;
  readonly request: Request;
  readonly state: StoredCommand['state'];
  readonly operation: Operation['kind'] | null;
  readonly operation_amount: string | null;
  readonly round: number;
  readonly version: number;
  readonly tries: number;
  readonly in_doubt: boolean;
  readonly reply: Reply | null;
}

export const COMMAND_COLUMNS = `c.order_id, c.command_id, c.payment_id, c.request, c.state, c.operation,
  c.operation_amount, c.round, c.version, c.tries, c.in_doubt, c.reply`;

export function commandOf(row: CommandRow): StoredCommand {
  return {
    orderId: row.order_id,
    commandId: row.command_id,
    paymentId: row.payment_id,
    request: row.request,
    state: row.state,
    operation: row.operation === null ? null : { kind: row.operation, amount: Number(row.operation_amount) },
    round: row.round,
    version: row.version,
    tries: row.tries,
    inDoubt: row.in_doubt,
    reply: row.reply,
  };
}
