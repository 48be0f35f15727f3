import { advance } from './advance.js';
import { failure, type ActionNotice, type Command, type Reply } from './command.js';
import { actionNotice, RELEASED } from './decide.js';
import { paymentIdOf, type Payment } from './payment.js';
import { awaitsCustomer } from './outcome.js';
import type { StoredCommand } from '../persistence/statements/command-rows.js';

/** A command of order as it came in. */
export interface IncomingRequest extends Command {
  readonly orderId: string;
}

/** An order's money while commands for it are gone through. */
export interface Desk {
  readonly orderId: string;
  readonly stored: Payment | undefined;
  payment: Payment | undefined;
  /** every command there is, the new ones included, by id, in the order they came */
  readonly commands: Map<string, StoredCommand>;
}

/** A command that was on its way and ends by another one. */
export interface Ended {
  readonly command: StoredCommand;
  readonly reply: Reply;
}

/** What a request came to, besides what it changed at the desk. */
export interface Received {
  /** it was never seen before */
  readonly isNew: boolean;
  readonly ended: Ended | undefined;
  /** what order is to be told now, in this order */
  readonly said: readonly (Reply | ActionNotice)[];
}

/** Takes a request in. One seen before has no effect, and is answered again as soon as there is an answer. */
export function receive(desk: Desk, request: IncomingRequest): Received {
  const { commandId } = request;
  const known = desk.commands.get(commandId);
  if (known !== undefined) {
    // one that is still on its way is answered when it ends, unless it is the customer who keeps it waiting
    const said = known.reply ?? noticeOf(desk, known);
    return { isNew: false, ended: undefined, said: said === undefined ? [] : [said] };
  }
  const ended = request.request.kind === 'RELEASE' ? endWait(desk) : undefined;
  const { reply } = take(desk, request);
  return { isNew: true, ended, said: [ended?.reply, reply].filter((one) => one !== undefined && one !== null) };
}

function noticeOf({ payment }: Desk, { commandId, state, operation }: StoredCommand): ActionNotice | undefined {
  const waits =
    state === 'RUNNING' && operation !== null && payment !== undefined && awaitsCustomer(payment, operation);
  return waits ? actionNotice(commandId, payment) : undefined;
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
  const reply = failure({ commandId, request }, RELEASED, 'cancelled');
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
  const owner = { orderId, newPaymentId: paymentIdOf(orderId) };
  const { payment, answered, running } = advance(desk.payment, [command], owner);
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
