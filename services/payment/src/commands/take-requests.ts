import { newId } from '@outrider/contracts';
import { TransientError } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import { advance } from '../domain/advance.js';
import { failure, type ActionNotice, type Command, type Reply } from '../domain/command.js';
import { actionNotice, RELEASED } from '../domain/decide.js';
import type { Payment } from '../domain/payment.js';
import { awaitsCustomer } from '../domain/settle.js';
import { lockPaymentsOfOrders } from '../persistence/lock-payments.js';
import { commandsOfOrders } from '../persistence/read-commands.js';
import type { StoredCommand } from '../persistence/stored-command.js';
import { finishCommands, insertCommands, type Claim } from '../persistence/write-commands.js';
import { insertPayments, updatePayments } from '../persistence/write-payments.js';
import type { Attempt, Claims } from './attempt.js';

/** A command of order as it came in. */
export interface IncomingRequest extends Command {
  readonly orderId: string;
}

/** An order's money while a batch is gone through. */
interface Desk {
  readonly orderId: string;
  readonly stored: Payment | undefined;
  payment: Payment | undefined;
  /** every command there is, the new ones included */
  readonly commands: Map<string, StoredCommand>;
}

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
  const added: StoredCommand[] = [];
  const replies: { orderId: string; reply: Reply | ActionNotice }[] = [];
  const ended: Ended[] = [];
  for (const request of requests) {
    const desk = desks.get(request.orderId);
    if (desk === undefined) continue;
    const known = desk.commands.get(request.commandId);
    if (known === undefined) {
      const before = request.request.kind === 'RELEASE' ? endWait(desk) : undefined;
      if (before !== undefined) ended.push(before);
      added.push(take(desk, request));
    }
    // one that is still on its way is answered when it ends, unless it is the customer who keeps it waiting
    const { reply } = desk.commands.get(request.commandId) ?? { reply: null };
    const said = reply ?? (known?.state === 'RUNNING' && desk.payment && actionNotice(request.commandId, desk.payment));
    if (said) replies.push({ orderId: desk.orderId, reply: said });
  }
  await writePayments(tx, [...desks.values()], provider);
  // what a later request of the batch changed about a command counts
  const current = added.map((command) => desks.get(command.orderId)?.commands.get(command.commandId) ?? command);
  const running = current.filter(({ state }) => state === 'RUNNING');
  const claimed = new Set(running.slice(0, Math.max(0, claims.free())));
  // before what follows it: one at a time runs for a payment
  await finishCommands(tx.sql, ended);
  await insertCommands(
    tx.sql,
    current.map((command) => ({ command, claim: claimOf(command, claimed, claims) })),
  );
  for (const { command, reply } of ended) tx.emit('order-event', reply.type, command.orderId, reply.payload);
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

interface Ended {
  readonly command: StoredCommand;
  readonly reply: Reply;
}

/**
 * A release does not wait for a customer who may never act: the authorisation that waits for that ends here, refused,
 * and whoever is just asking how it stands finds its attempt gone. Nothing is in doubt by it, for nothing else is asked.
 */
function endWait(desk: Desk): Ended | undefined {
  const command = [...desk.commands.values()].find(({ state }) => state === 'RUNNING');
  if (command === undefined || command.operation === null || desk.payment === undefined) return undefined;
  const { commandId, request, operation } = command;
  if (request.kind !== 'CREATE' || !awaitsCustomer(desk.payment, operation)) return undefined;
  const reply = failure({ commandId, request }, RELEASED);
  desk.commands.set(commandId, { ...command, state: 'DONE', reply });
  return { command, reply };
}

/** Adds a new command to an order's desk: decided at once when nothing is on its way there, else behind that. */
function take(desk: Desk, { orderId, commandId, request }: IncomingRequest): StoredCommand {
  const busy = [...desk.commands.values()].some(({ state }) => state === 'RUNNING');
  const command: StoredCommand = {
    orderId,
    commandId,
    request,
    paymentId: desk.payment?.id ?? null,
    state: 'WAITING',
    operation: null,
    round: 0,
    version: 0,
    tries: 0,
    inDoubt: false,
    reply: null,
  };
  if (busy) {
    // known from now on, so that what is on its way is not taken for good when it ends
    if (request.kind === 'RELEASE' && desk.payment !== undefined) desk.payment = { ...desk.payment, released: true };
    desk.commands.set(commandId, command);
    return command;
  }
  const { payment, answered, running } = advance(desk.payment, [command], { orderId, newPaymentId: newId() });
  desk.payment = payment;
  const paymentId = payment?.id ?? null;
  const reply = answered[0]?.reply ?? null;
  const decided: StoredCommand =
    running === undefined
      ? { ...command, paymentId, state: 'DONE', reply }
      : { ...command, paymentId, state: 'RUNNING', operation: running.operation };
  desk.commands.set(commandId, decided);
  return decided;
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
