import { expect, test } from '@jest/globals';
import type { Request } from '../domain/command.js';
import { countsAsRefunded, refundStatus } from '../domain/refunds.js';
import { refundedBy } from '../testing/model-provider.js';
import { idOf, PaymentHistory } from '../testing/payment-history.js';

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
function kindsOf(chance: () => number): Request['kind'][] {
  const kinds: Request['kind'][] = ['CREATE', 'CONFIRM'];
  while (chance() < 0.75) kinds.push('REFUND');
  // at any time: before the create, too, but mostly at the end
  kinds.splice(Math.ceil(Math.sqrt(chance()) * (kinds.length + 1)) - 1, 0, 'RELEASE');
  return kinds;
}

function requestOf(kind: Request['kind'], chance: () => number, now: number): Request {
  switch (kind) {
    case 'CREATE':
      return { kind, amount: AMOUNT, currency: 'EUR', paymentMethod: 'pm' };
    case 'CONFIRM':
      return { kind, amount: AMOUNT };
    case 'RELEASE':
      return { kind, reason: 'cancelled' };
    case 'REFUND':
      return { kind, refundId: idOf(now), amount: 1 + Math.floor(chance() * (AMOUNT / 3)) };
  }
}

async function play(seed: number): Promise<{ history: PaymentHistory; commands: [string, Request][] }> {
  const chance = chanceOf(seed);
  const history = new PaymentHistory(chance);
  const kinds = kindsOf(chance);
  const commands: [string, Request][] = [];
  for (let steps = 0; steps < 60 || commands.length < kinds.length; steps += 1) {
    const lot = chance();
    const next = kinds[commands.length];
    if (lot < 0.12 && next !== undefined) {
      // a step's id is of the time of its order, as order makes it
      const command: [string, Request] = [idOf(history.startedAt), requestOf(next, chance, history.now)];
      history.request(...command);
      commands.push(command);
    } else if (lot < 0.16 && commands.length > 0) {
      history.request(...commands[Math.floor(chance() * commands.length)]!);
    } else await history.step();
  }
  await history.calmDown();
  return { history, commands };
}

test('F21 F27 whatever is lost, late, twice, out of order, forgotten, or done by others: answered once, charged once, given back by ids', async () => {
  let givenBackByOthers = 0;
  let sentBack = 0;
  for (let seed = 0; seed < HISTORIES; seed += 1) {
    const { history, commands } = await play(seed);
    const { emitted, provider, batch } = history;
    const at = `history ${seed}`;
    expect([at, history.open()]).toEqual([at, []]);
    expect([at, provider.authorizations <= 1]).toEqual([at, true]);
    // as order has it: each answer the first time, each fact once
    let refundedTotal = 0;
    const answered = new Map<string, string>();
    for (const event of emitted) {
      switch (event.type) {
        case 'PAYMENT_PROVIDER_REFUNDED':
          givenBackByOthers += 1;
          refundedTotal += event.payload.amount;
          continue;
        case 'PAYMENT_PROVIDER_REFUND_RETURNED':
        case 'PAYMENT_REFUND_RETURNED':
          sentBack += 1;
          refundedTotal -= event.payload.amount;
          continue;
        case 'PAYMENT_ACTION_REQUIRED':
        case 'PAYMENT_PROVIDER_CAPTURED':
        case 'PAYMENT_PROVIDER_VOIDED':
        case 'PAYMENT_DISPUTED':
        case 'PAYMENT_DISPUTE_CLOSED':
          continue;
        default:
      }
      const { commandId } = event.payload;
      const said = JSON.stringify(event);
      const before = answered.get(commandId);
      answered.set(commandId, said);
      if (before !== undefined) {
        expect([at, said]).toEqual([at, before]);
        continue;
      }
      if (event.type === 'PAYMENT_REFUNDED') refundedTotal += event.payload.amount;
      if (event.type === 'PAYMENT_RELEASE') refundedTotal = event.payload.refundedAmount;
      if (event.type === 'PAYMENT_CONFIRM')
        expect([at, event.payload.capturedAmount]).toEqual([at, provider.record?.capturedAmount]);
      if (event.type === 'PAYMENT_CONFIRM_FAILED') {
        expect([
          at,
          provider.capturedByHand || provider.record === undefined || provider.record.capturedAmount === 0,
        ]).toEqual([at, true]);
      }
    }
    for (const [commandId] of commands) expect([at, answered.has(commandId)]).toEqual([at, true]);

    const record = provider.record ?? { status: 'VOIDED', capturedAmount: 0, refunds: [], disputes: [] };
    const refundedAmount = refundedBy(record);
    expect([at, refundedTotal]).toEqual([at, refundedAmount]);
    const facts = emitted
      .map((event) => JSON.stringify(event))
      .filter((said) => said.includes('PAYMENT_PROVIDER_') || said.includes('RETURNED') || said.includes('DISPUTE'));
    expect([at, new Set(facts).size]).toEqual([at, facts.length]);
    if (batch.payment?.status !== 'DECLINED' || provider.record !== undefined) {
      const { capturedAmount } = record;
      const status = record.status === 'CAPTURED' ? refundStatus(capturedAmount, refundedAmount) : record.status;
      expect([at, batch.payment]).toMatchObject([at, { status, capturedAmount, refundedAmount }]);
      const stand = (of: readonly { id: string; status: string }[] = []) =>
        of.map(({ id, status: is }) => `${id} ${is}`).toSorted();
      expect([at, stand(batch.payment?.refunds)]).toEqual([at, stand(record.refunds)]);
      expect([at, stand(batch.payment?.disputes)]).toEqual([at, stand(record.disputes)]);
    }
    // every history is released: what is left of the money came back after that, and order was notified
    if (!emitted.some(({ type }) => type.endsWith('_RETURNED'))) {
      expect([at, record.status]).not.toEqual([at, 'AUTHORIZED']);
      expect([at, refundedAmount]).toEqual([at, record.capturedAmount]);
    }
    for (const [commandId, request] of commands) {
      if (request.kind !== 'REFUND') continue;
      const ours = record.refunds.filter(({ refundId }) => refundId === request.refundId);
      expect([at, ours.length <= 1, ours.every(({ amount }) => amount === request.amount)]).toEqual([at, true, true]);
      const failed = answered.get(commandId)?.includes('PAYMENT_REFUND_FAILED') === true;
      if (failed) expect([at, ours.filter(countsAsRefunded)]).toEqual([at, []]);
      else expect([at, ours.length]).toEqual([at, 1]);
    }
  }
  expect(givenBackByOthers).toBeGreaterThan(0);
  expect(sentBack).toBeGreaterThan(0);
});
