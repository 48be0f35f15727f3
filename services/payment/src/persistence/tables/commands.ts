import { bigint, boolean, defineTable, integer, json, nullable, text, uuid } from '@outrider/service-kit/database';
import type { Reply, Request, StoredCommand } from '../../domain/command.js';
import type { Operation } from '../../domain/payment.js';

/** A command as it is stored: its operation is in two columns. */
export type CommandRow = Omit<StoredCommand, 'operation'> & {
  readonly operation: Operation['kind'] | null;
  readonly operationAmount: number | null;
};

export const COMMANDS = defineTable<CommandRow>('payment_command', {
  orderId: uuid('order_id'),
  commandId: uuid('command_id'),
  paymentId: nullable(uuid('payment_id')),
  request: json<Request>('request'),
  state: text<StoredCommand['state']>('state'),
  operation: nullable(text<Operation['kind']>('operation')),
  operationAmount: nullable(bigint('operation_amount')),
  round: integer('round'),
  version: integer('version'),
  tries: integer('tries'),
  inDoubt: boolean('in_doubt'),
  reply: nullable(json<Reply>('reply')),
});

/** Which process has an attempt; the database adds until when (due_at). */
export const COMMAND_CLAIMS = defineTable<{ readonly owner: string | null }>('payment_command', {
  owner: nullable(text('owner')),
});

export function commandRow({ operation, ...stored }: StoredCommand): CommandRow {
  return { ...stored, operation: operation?.kind ?? null, operationAmount: operation?.amount ?? null };
}

export function commandOf({ operation: kind, operationAmount: amount, ...stored }: CommandRow): StoredCommand {
  return { ...stored, operation: kind === null ? null : { kind, amount: amount ?? 0 } };
}
