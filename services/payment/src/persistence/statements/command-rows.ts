import type { Reply, Request, StoredCommand } from '../../domain/command.js';
import type { Operation } from '../../domain/payment.js';

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
