import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Request } from '../domain/command.js';
import { PaymentHistory } from '../testing/payment-history.js';

const HISTORIES = 1_000;
const AMOUNT = 900;

/** Numbers in [0, 1) by a 32 bit xorshift: a history that fails can be had again by its number. */
function chanceOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What an order may ask for, in the order it does; a history may stop anywhere. */
function commandsOf(chance: () => number): [string, Request][] {
  const create: Request = { kind: 'CREATE', amount: AMOUNT, currency: 'EUR', paymentMethod: 'pm' };
  const requests: Request[] = [create, { kind: 'CONFIRM', amount: AMOUNT }];
  while (chance() < 0.75) {
    requests.push({ kind: 'REFUND', refundId: newId(), amount: 1 + Math.floor(chance() * (AMOUNT / 3)) });
  }
  const release: Request = { kind: 'RELEASE', reason: 'cancelled' };
  // at any time: before the create, too, but mostly at the end
  requests.splice(Math.ceil(Math.sqrt(chance()) * (requests.length + 1)) - 1, 0, release);
  return requests.map((request) => [newId(), request]);
}

async function play(seed: number): Promise<{ history: PaymentHistory; commands: [string, Request][] }> {
  const chance = chanceOf(seed);
  const history = new PaymentHistory(chance);
  const commands = commandsOf(chance);
  let asked = 0;
  for (let steps = 0; steps < 60 || asked < commands.length; steps += 1) {
    const lot = chance();
    const next = commands[asked];
    if (lot < 0.12 && next !== undefined) {
      history.request(...next);
      asked += 1;
    } else if (lot < 0.16 && asked > 0) {
      history.request(...commands[Math.floor(chance() * asked)]!);
    } else await history.step();
  }
  await history.calmDown();
  return { history, commands };
}

test('F21 whatever is lost, late, twice, out of order or taken over: answered once, charged once, and closed', async () => {
  for (let seed = 0; seed < HISTORIES; seed += 1) {
    const { history, commands } = await play(seed);
    const { told, provider, desk } = history;
    const at = `history ${seed}`;
    expect([at, history.open()]).toEqual([at, []]);
    // one answer for each command, the same for each time that it was asked again
    for (const [commandId] of commands) {
      const answers = told.filter(
        ({ type, payload }) => payload.commandId === commandId && type !== 'PAYMENT_ACTION_REQUIRED',
      );
      expect([at, answers.length > 0, new Set(answers.map((answer) => JSON.stringify(answer))).size]).toEqual([
        at,
        true,
        1,
      ]);
    }
    expect([at, provider.authorizations <= 1]).toEqual([at, true]);
    const { status, capturedAmount, refundedAmount } = provider.record ?? {
      status: 'VOIDED',
      capturedAmount: 0,
      refundedAmount: 0,
    };
    if (desk.payment?.status !== 'DECLINED' || provider.record !== undefined) {
      expect([at, desk.payment]).toMatchObject([at, { status, capturedAmount, refundedAmount }]);
    }
    // every history is released: nothing stays open
    expect([at, ['VOIDED', 'DECLINED', 'REFUNDED']]).toEqual([at, expect.arrayContaining([status])]);
    expect([at, refundedAmount]).toEqual([at, capturedAmount]);
    for (const reply of told) {
      const { commandId } = reply.payload;
      const given = provider.refunded.get(commandId) ?? 0;
      if (reply.type === 'PAYMENT_REFUNDED') expect([at, given]).toEqual([at, reply.payload.amount]);
      if (reply.type === 'PAYMENT_REFUND_FAILED') expect([at, given]).toEqual([at, 0]);
      if (reply.type === 'PAYMENT_CONFIRM') expect([at, capturedAmount]).toEqual([at, AMOUNT]);
      if (reply.type === 'PAYMENT_CONFIRM_FAILED') expect([at, capturedAmount]).toEqual([at, 0]);
      if (reply.type === 'PAYMENT_RELEASE') expect([at, refundedAmount]).toEqual([at, reply.payload.refundedAmount]);
    }
  }
});
