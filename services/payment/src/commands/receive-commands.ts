import { TransientError } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import type { Attempt, Claims } from '../domain/attempt.js';
import { addCommand, type CommandBatch, type Ended, type IncomingCommand } from '../domain/command-batch.js';
import type { ActionNotice, Reply, StoredCommand } from '../domain/command.js';
import type { Payment } from '../domain/payment.js';
import { lockPaymentsOfOrders } from '../persistence/statements/lock-payments.js';
import { commandsOfOrders } from '../persistence/statements/read-commands.js';
import { finishCommands, insertCommands, type Claim } from '../persistence/statements/write-commands.js';
import { insertPayments, updatePayments } from '../persistence/statements/write-payments.js';

/**
 * Receives a batch of order's commands: writes payments and commands, answers what needs no provider, and claims what
 * does as far as this process has room. The provider is never called here. At most six statements, whatever the size.
 *
 * @param provider the name that new payments are stored under
 * @returns the attempts that this process is to run once the transaction has committed, and whether some were left to
 *   any process that has room
 */
export async function receiveCommands(
  tx: Transaction,
  incoming: readonly IncomingCommand[],
  provider: string,
  claims: Claims,
): Promise<{ attempts: Attempt[]; left: boolean }> {
  if (incoming.length === 0) return { attempts: [], left: false };
  const claimedAt = performance.now();
  const batches = await readBatches(tx, incoming);
  const added: IncomingCommand[] = [];
  const replies: { orderId: string; reply: Reply | ActionNotice }[] = [];
  const ended: Ended[] = [];
  for (const command of incoming) {
    const batch = batches.get(command.orderId);
    if (batch === undefined) continue;
    const result = addCommand(batch, command);
    if (result.isNew) added.push(command);
    if (result.ended !== undefined) ended.push(result.ended);
    for (const reply of result.replies) replies.push({ orderId: batch.orderId, reply });
  }
  await writePayments(tx, [...batches.values()], provider);
  // as they are after the whole batch: a later command may have changed an earlier one
  const current = added.flatMap(({ orderId, commandId }) => batches.get(orderId)?.commands.get(commandId) ?? []);
  const running = current.filter(({ state }) => state === 'RUNNING');
  const claimed = new Set(running.slice(0, Math.max(0, claims.free())));
  // first, for only one command of a payment runs at a time
  await finishCommands(tx.unread, ended);
  await insertCommands(
    tx.unread,
    current.map((command) => ({ command, claim: claimOf(command, claimed, claims) })),
  );
  for (const { orderId, reply } of replies) tx.emit('order-event', orderId, reply);
  const attempts = [...claimed].flatMap((command): Attempt[] => {
    const payment = batches.get(command.orderId)?.payment;
    if (payment === undefined || command.operation === null) return [];
    return [{ payment: traced(tx, payment), operation: command.operation, command, claimedAt }];
  });
  return { attempts, left: claimed.size < running.length };
}

async function readBatches(tx: Transaction, incoming: readonly IncomingCommand[]): Promise<Map<string, CommandBatch>> {
  const orderIds = [...new Set(incoming.map(({ orderId }) => orderId))];
  // one behind the other on their way: commands are read after the locks were had
  const [payments, commands] = await Promise.all([
    lockPaymentsOfOrders(tx.sql, orderIds),
    commandsOfOrders(tx.sql, orderIds),
  ]);
  const batches = new Map(
    orderIds.map((orderId): [string, CommandBatch] => {
      const stored = payments.get(orderId);
      return [orderId, { orderId, stored, payment: stored, commands: new Map() }];
    }),
  );
  for (const command of commands) {
    batches.get(command.orderId)?.commands.set(command.commandId, command);
  }
  return batches;
}

async function writePayments(tx: Transaction, batches: readonly CommandBatch[], provider: string): Promise<void> {
  const created = batches.flatMap(({ stored, payment }) =>
    stored === undefined && payment !== undefined ? [traced(tx, payment)] : [],
  );
  const changed = batches.flatMap(({ stored, payment }) =>
    stored !== undefined && payment !== undefined && payment !== stored ? [payment] : [],
  );
  const inserted = await insertPayments(tx.sql, provider, created);
  // two processes had the same order's first command at once: a moment around a rebalance
  if (inserted < created.length) throw new TransientError('a payment was made by another process at the same time');
  await updatePayments(tx.unread, changed);
}

/** With the trace of the command that was just received for it. */
function traced(tx: Transaction, payment: Payment): Payment {
  return { ...payment, traceparent: tx.trace.of(payment.orderId) };
}

function claimOf(command: StoredCommand, claimed: ReadonlySet<StoredCommand>, claims: Claims): Claim | null {
  if (command.state !== 'RUNNING') return null;
  return claimed.has(command) ? { owner: claims.owner, dueInMs: claims.leaseMs } : { owner: null, dueInMs: 0 };
}
