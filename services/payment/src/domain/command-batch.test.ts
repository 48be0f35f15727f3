import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Operation, Payment } from './payment.js';
import type { StoredCommand } from './command.js';
import { addCommand, type CommandBatch } from './command-batch.js';
import { ACTION, authorized } from './testing/answers.js';

const orderId = newId();
const commandId = newId();
const create = { kind: 'CREATE', amount: 900, currency: 'EUR', paymentMethod: 'pm' } as const;

/** An order whose customer must act, with this operation running. */
function batchWith(operation: Operation): CommandBatch {
  const payment: Payment = { ...authorized, orderId, status: 'ACTION_REQUIRED', action: ACTION };
  const command: StoredCommand = {
    orderId,
    commandId,
    request: create,
    paymentId: payment.id,
    state: 'RUNNING',
    operation,
    round: 0,
    version: 3,
    tries: 1,
    inDoubt: false,
    reply: null,
  };
  return { orderId, stored: payment, payment, commands: new Map([[commandId, command]]) };
}

test('F46 asked again while the customer must act, order is notified again; not when the time is over', () => {
  const again = { orderId, commandId, request: create };
  expect(addCommand(batchWith({ kind: 'AUTHORIZE', amount: 900 }), again)).toMatchObject({
    isNew: false,
    replies: [{ type: 'PAYMENT_ACTION_REQUIRED', payload: { commandId } }],
  });
  expect(addCommand(batchWith({ kind: 'VOID', amount: 900 }), again)).toEqual({
    isNew: false,
    ended: undefined,
    replies: [],
  });
});

test('F46 a release ends the wait with a refusal, and continues with a void; behind a void it waits', () => {
  const release = { orderId, commandId: newId(), request: { kind: 'RELEASE', reason: 'cancelled' } } as const;
  const batch = batchWith({ kind: 'AUTHORIZE', amount: 900 });
  expect(addCommand(batch, release).replies).toMatchObject([
    { type: 'PAYMENT_CREATION_FAILED', payload: { commandId } },
  ]);
  expect([...batch.commands.values()]).toMatchObject([
    { commandId, state: 'DONE' },
    { commandId: release.commandId, state: 'RUNNING', operation: { kind: 'VOID' } },
  ]);
  const voiding = batchWith({ kind: 'VOID', amount: 900 });
  expect(addCommand(voiding, release)).toMatchObject({ isNew: true, ended: undefined, replies: [] });
  expect(voiding.commands.get(release.commandId)).toMatchObject({ state: 'WAITING' });
  expect(voiding.payment).toMatchObject({ released: true });
});
