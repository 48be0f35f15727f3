import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Reply } from '../../domain/command.js';
import type { Operation } from '../../domain/payment.js';
import type { StoredCommand } from '../../domain/command.js';
import { COMMAND_CLAIMS, commandRow, COMMANDS } from '../tables/commands.js';

/** Which process has an attempt, and until when; `null`: any process may claim it. */
export interface Claim {
  readonly owner: string | null;
  /** from now, in ms: a lease where there is an owner, a wait where there is none */
  readonly dueInMs: number;
}

/** An attempt to be started, or to be tried again. */
export interface Attempted {
  readonly command: StoredCommand;
  readonly operation: Operation;
  readonly claim: Claim;
  readonly round: number;
  readonly tries: number;
  readonly inDoubt: boolean;
}

// position is given in the order of the set: WITH ORDINALITY is not needed, a recordset keeps the order of its array
// and INSERT … SELECT … draws the identity in the order it reads.
const NEW = COMMANDS.pick(
  'orderId',
  'commandId',
  'paymentId',
  'request',
  'state',
  'operation',
  'operationAmount',
  'reply',
);
const INSERT = `INSERT INTO payment_command (${NEW.names}, ${COMMAND_CLAIMS.names}, due_at, finished_at)
SELECT ${NEW.names}, ${COMMAND_CLAIMS.names}, now() + due_in_ms * interval '1 millisecond',
  CASE WHEN state = 'DONE' THEN now() END
FROM json_to_recordset($1::json) AS r(${NEW.record}, ${COMMAND_CLAIMS.record}, due_in_ms float8)`;

const ANSWERED = COMMANDS.pick('orderId', 'commandId', 'reply');
const FINISH = `UPDATE payment_command c SET state = 'DONE', reply = r.reply, version = c.version + 1, owner = NULL,
  due_at = NULL, in_doubt = false, finished_at = now()
FROM json_to_recordset($1::json) AS r(${ANSWERED.record})
WHERE c.order_id = r.order_id AND c.command_id = r.command_id`;

const TRIED = COMMANDS.pick('orderId', 'commandId', 'operation', 'operationAmount', 'round', 'tries', 'inDoubt');
const ATTEMPT = `UPDATE payment_command c SET state = 'RUNNING', operation = r.operation,
  operation_amount = r.operation_amount, round = r.round, tries = r.tries, in_doubt = r.in_doubt, version = c.version + 1,
  owner = r.owner, due_at = now() + r.due_in_ms * interval '1 millisecond'
FROM json_to_recordset($1::json) AS r(${TRIED.record}, ${COMMAND_CLAIMS.record}, due_in_ms float8)
WHERE c.order_id = r.order_id AND c.command_id = r.command_id`;

/** @param claim null: nobody has it, and it is not due */
function claimRow(claim: Claim | null): Row {
  return { ...COMMAND_CLAIMS.write({ owner: claim?.owner ?? null }), due_in_ms: claim?.dueInMs ?? null };
}

/** New commands, in the order they came. `claim` belongs to those that run. */
export async function insertCommands(
  sql: SqlClient,
  commands: readonly { readonly command: StoredCommand; readonly claim: Claim | null }[],
): Promise<void> {
  if (commands.length === 0) return;
  const rows = commands.map(({ command, claim }) => ({ ...NEW.write(commandRow(command)), ...claimRow(claim) }));
  await sql.query(INSERT, [JSON.stringify(rows)]);
}

/** Stores the answers; their payments must be locked. */
export async function finishCommands(
  sql: SqlClient,
  answered: readonly { readonly command: StoredCommand; readonly reply: Reply }[],
): Promise<void> {
  if (answered.length === 0) return;
  const rows = answered.map(({ command: { orderId, commandId }, reply }) =>
    ANSWERED.write({ orderId, commandId, reply }),
  );
  await sql.query(FINISH, [JSON.stringify(rows)]);
}

/** Starts attempts or postpones them; after finishCommands, for a payment runs one at a time. Adds one to the version. */
export async function attemptCommands(sql: SqlClient, attempts: readonly Attempted[]): Promise<void> {
  if (attempts.length === 0) return;
  const rows = attempts.map(({ command, claim, ...tried }) => ({
    ...TRIED.write(commandRow({ ...command, ...tried })),
    ...claimRow(claim),
  }));
  await sql.query(ATTEMPT, [JSON.stringify(rows)]);
}
