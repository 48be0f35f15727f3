import type { SqlClient } from '@outrider/service-kit/database';
import type { Reply } from '../../domain/command.js';
import type { Operation } from '../../domain/payment.js';
import type { StoredCommand } from '../../domain/command.js';

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
const INSERT = `INSERT INTO payment_command (order_id, command_id, payment_id, request, state, operation,
  operation_amount, owner, due_at, reply, finished_at)
SELECT r."orderId", r."commandId", r."paymentId", r.request, r.state, r.operation->>'kind',
  (r.operation->>'amount')::bigint, r.owner, now() + r."dueInMs" * interval '1 millisecond', r.reply,
  CASE WHEN r.state = 'DONE' THEN now() END
FROM json_to_recordset($1::json) AS r("orderId" uuid, "commandId" uuid, "paymentId" uuid, request jsonb, state text,
  operation jsonb, owner text, "dueInMs" float8, reply jsonb)`;

const FINISH = `UPDATE payment_command c SET state = 'DONE', reply = r.reply, version = c.version + 1, owner = NULL,
  due_at = NULL, in_doubt = false, finished_at = now()
FROM json_to_recordset($1::json) AS r("orderId" uuid, "commandId" uuid, reply jsonb)
WHERE c.order_id = r."orderId" AND c.command_id = r."commandId"`;

const ATTEMPT = `UPDATE payment_command c SET state = 'RUNNING', operation = r.operation, operation_amount = r.amount,
  round = r.round, tries = r.tries, in_doubt = r."inDoubt", version = c.version + 1, owner = r.owner,
  due_at = now() + r."dueInMs" * interval '1 millisecond'
FROM json_to_recordset($1::json) AS r("orderId" uuid, "commandId" uuid, operation text, amount bigint, round integer,
  tries integer, "inDoubt" boolean, owner text, "dueInMs" float8)
WHERE c.order_id = r."orderId" AND c.command_id = r."commandId"`;

/** New commands, in the order they came. `claim` belongs to those that run. */
export async function insertCommands(
  sql: SqlClient,
  commands: readonly { readonly command: StoredCommand; readonly claim: Claim | null }[],
): Promise<void> {
  if (commands.length === 0) return;
  const rows = commands.map(({ command, claim }) => ({
    orderId: command.orderId,
    commandId: command.commandId,
    paymentId: command.paymentId,
    request: command.request,
    state: command.state,
    ...(command.operation !== null && { operation: command.operation }),
    ...(command.reply !== null && { reply: command.reply }),
    ...claim,
  }));
  await sql.query(INSERT, [JSON.stringify(rows)]);
}

/** Stores the answers; their payments must be locked. */
export async function finishCommands(
  sql: SqlClient,
  answered: readonly { readonly command: StoredCommand; readonly reply: Reply }[],
): Promise<void> {
  if (answered.length === 0) return;
  const rows = answered.map(({ command: { orderId, commandId }, reply }) => ({ orderId, commandId, reply }));
  await sql.query(FINISH, [JSON.stringify(rows)]);
}

/** Starts attempts or postpones them; after finishCommands, for a payment runs one at a time. Adds one to the version. */
export async function attemptCommands(sql: SqlClient, attempts: readonly Attempted[]): Promise<void> {
  if (attempts.length === 0) return;
  const rows = attempts.map(({ command, operation, claim, round, tries, inDoubt }) => ({
    orderId: command.orderId,
    commandId: command.commandId,
    operation: operation.kind,
    amount: operation.amount,
    round,
    tries,
    inDoubt,
    ...claim,
  }));
  await sql.query(ATTEMPT, [JSON.stringify(rows)]);
}
