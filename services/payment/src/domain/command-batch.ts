import { failure, type ActionNotice, type Command, type Reply, type StoredCommand } from './command.js';
import { decideInOrder } from './decide-in-order.js';
import { actionNotice, RELEASED } from './decide.js';
import { awaitsCustomer } from './outcome.js';
import { paymentIdOf, type Payment } from './payment.js';

/** A command of order as it came in. */
export interface IncomingCommand extends Command {
  readonly orderId: string;
}

/** The payment of one order and its commands, while a batch of new commands is added. */
export interface CommandBatch {
  readonly orderId: string;
  /** as it was before the batch */
  readonly stored: Payment | undefined;
  payment: Payment | undefined;
  /** stored and new commands by id, in the order they came */
  readonly commands: Map<string, StoredCommand>;
}

/** A running command that another one has ended. */
export interface Ended {
  readonly command: StoredCommand;
  readonly reply: Reply;
}

/** What follows from a command, besides what it changed in the batch. */
export interface Added {
  readonly isNew: boolean;
  readonly ended: Ended | undefined;
  /** to be sent to order now, in this order */
  readonly replies: readonly (Reply | ActionNotice)[];
}

/** Adds a command. One that came before has no second effect; it is answered again if it has an answer already. */
export function addCommand(batch: CommandBatch, command: IncomingCommand): Added {
  const known = batch.commands.get(command.commandId);
  if (known !== undefined) {
    // a running command is answered when it ends; while it waits for the customer, the notice is sent again
    const reply = known.reply ?? noticeOf(batch, known);
    return { isNew: false, ended: undefined, replies: reply === undefined ? [] : [reply] };
  }
  const ended = command.request.kind === 'RELEASE' ? endWaitForCustomer(batch) : undefined;
  const { reply } = decideNew(batch, command);
  return { isNew: true, ended, replies: [ended?.reply, reply].filter((one) => one !== undefined && one !== null) };
}

function noticeOf({ payment }: CommandBatch, { commandId, state, operation }: StoredCommand): ActionNotice | undefined {
  const waits =
    state === 'RUNNING' && operation !== null && payment !== undefined && awaitsCustomer(payment, operation);
  return waits ? actionNotice(commandId, payment) : undefined;
}

/**
 * A release does not wait for a customer who may never act: it ends the authorisation that does, with a refusal. A
 * lookup that runs at the same time finds its attempt gone. Nothing is in doubt by it, for a lookup changes nothing.
 */
function endWaitForCustomer(batch: CommandBatch): Ended | undefined {
  const command = [...batch.commands.values()].find(({ state }) => state === 'RUNNING');
  if (command === undefined || command.operation === null || batch.payment === undefined) return undefined;
  const { commandId, request, operation } = command;
  if (request.kind !== 'CREATE' || !awaitsCustomer(batch.payment, operation)) return undefined;
  const reply = failure({ commandId, request }, RELEASED, 'cancelled');
  batch.commands.set(commandId, { ...command, state: 'DONE', reply });
  return { command, reply };
}

/** Decides a new command at once when none is running, else queues it behind that one. */
function decideNew(batch: CommandBatch, { orderId, commandId, request }: IncomingCommand): StoredCommand {
  const busy = [...batch.commands.values()].some(({ state }) => state === 'RUNNING');
  const command: StoredCommand = {
    orderId,
    commandId,
    request,
    paymentId: batch.payment?.id ?? null,
    state: 'WAITING',
    operation: null,
    round: 0,
    version: 0,
    tries: 0,
    inDoubt: false,
    reply: null,
  };
  if (busy) {
    // marked at once, so that the running command is not answered as paid when it ends
    if (request.kind === 'RELEASE' && batch.payment !== undefined) batch.payment = { ...batch.payment, released: true };
    batch.commands.set(commandId, command);
    return command;
  }
  const owner = { orderId, newPaymentId: paymentIdOf(orderId) };
  const { payment, answered, running } = decideInOrder(batch.payment, [command], owner);
  batch.payment = payment;
  const paymentId = payment?.id ?? null;
  const reply = answered[0]?.reply ?? null;
  const decided: StoredCommand =
    running === undefined
      ? { ...command, paymentId, state: 'DONE', reply }
      : { ...command, paymentId, state: 'RUNNING', operation: running.operation };
  batch.commands.set(commandId, decided);
  return decided;
}
