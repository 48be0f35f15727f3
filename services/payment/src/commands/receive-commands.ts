import { TransientError } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import type { ActionNotice, Reply } from '../domain/command.js';
import { lockPaymentsOfOrders } from '../persistence/statements/lock-payments.js';
import { commandsOfOrders } from '../persistence/statements/read-commands.js';
import type { StoredCommand } from '../persistence/statements/command-rows.js';
import { finishCommands, insertCommands, type Claim } from '../persistence/statements/write-commands.js';
import { insertPayments, updatePayments } from '../persistence/statements/write-payments.js';
import type { Attempt, Claims } from '../domain/attempt.js';
import { receive, type Desk, type Ended, type IncomingRequest } from '../domain/command-batch.js';

/**
 * Takes a batch of commands in: writes payments and commands, answers what needs no provider, and claims what does as
 * far as this process has room. The provider is never called here. A handful of statements whatever the batch's size.
 *
 * @param provider the name that new payments are kept under
 * @returns the attempts that this process is to carry out once the transaction has committed, and whether some were
 *   left for whoever has room first
 */
export async function takeRequests(
  tx: Transaction,
  requests: readonly IncomingRequest[],
  provider: string,
  claims: Claims,
): Promise<{ attempts: Attempt[]; left: boolean }> {
  if (requests.length === 0) return { attempts: [], left: false };
  const claimedAt = performance.now();
  const desks = await openDesks(tx, requests);
  const added: IncomingRequest[] = [];
  const replies: { orderId: string; reply: Reply | ActionNotice }[] = [];
  const ended: Ended[] = [];
  for (const request of requests) {
    const desk = desks.get(request.orderId);
    if (desk === undefined) continue;
    const received = receive(desk, request);
    if (received.isNew) added.push(request);
    if (received.ended !== undefined) ended.push(received.ended);
    for (const reply of received.said) replies.push({ orderId: desk.orderId, reply });
  }
  await writePayments(tx, [...desks.values()], provider);
  // what a later request of the batch changed about a command counts
  const current = added.flatMap(({ orderId, commandId }) => desks.get(orderId)?.commands.get(commandId) ?? []);
  const running = current.filter(({ state }) => state === 'RUNNING');
  const claimed = new Set(running.slice(0, Math.max(0, claims.free())));
  // before what follows it: one at a time runs for a payment
  await finishCommands(tx.sql, ended);
  await insertCommands(
    tx.sql,
    current.map((command) => ({ command, claim: claimOf(command, claimed, claims) })),
  );
  for (const { orderId, reply } of replies) tx.emit('order-event', reply.type, orderId, reply.payload);
  const attempts = [...claimed].flatMap((command): Attempt[] => {
    const payment = desks.get(command.orderId)?.payment;
    if (payment === undefined || command.operation === null) return [];
    return [{ payment, operation: command.operation, command, claimedAt }];
  });
  return { attempts, left: claimed.size < running.length };
}

async function openDesks(tx: Transaction, requests: readonly IncomingRequest[]): Promise<Map<string, Desk>> {
  const orderIds = [...new Set(requests.map(({ orderId }) => orderId))];
  const payments = await lockPaymentsOfOrders(tx.sql, orderIds);
  const desks = new Map(
    orderIds.map((orderId): [string, Desk] => {
      const stored = payments.get(orderId);
      return [orderId, { orderId, stored, payment: stored, commands: new Map() }];
    }),
  );
  for (const command of await commandsOfOrders(tx.sql, orderIds)) {
    desks.get(command.orderId)?.commands.set(command.commandId, command);
  }
  return desks;
}

async function writePayments(tx: Transaction, desks: readonly Desk[], provider: string): Promise<void> {
  const fresh = desks.flatMap(({ stored, payment }) =>
    stored === undefined && payment !== undefined ? [payment] : [],
  );
  const changed = desks.flatMap(({ stored, payment }) =>
    stored !== undefined && payment !== undefined && payment !== stored ? [payment] : [],
  );
  const inserted = await insertPayments(tx.sql, provider, fresh);
  // two processes had the same order's first command at once: a moment around a rebalance
  if (inserted < fresh.length) throw new TransientError('a payment was made by another process at the same time');
  await updatePayments(tx.sql, changed);
}

function claimOf(command: StoredCommand, claimed: ReadonlySet<StoredCommand>, claims: Claims): Claim | null {
  if (command.state !== 'RUNNING') return null;
  return claimed.has(command) ? { owner: claims.owner, dueInMs: claims.leaseMs } : { owner: null, dueInMs: 0 };
}
