import { expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { refundedBy } from '../model-provider.js';
import { AMOUNT, type ProviderTrial } from './provider-trial.js';

/** Moves money in every operation and currency, and declines. Registers Jest tests. */
export function operations(trial: ProviderTrial): void {
  const { recordOf, authorized, captured, change, refund, shown, page } = trial;

  test('authorises, captures and refunds, in part and then the rest', async () => {
    const { provider } = trial.under;
    const reference = await authorized();
    expect(await provider.capture(change(reference))).toMatchObject({
      kind: 'record',
      record: { reference, status: 'CAPTURED', capturedAmount: AMOUNT, refunds: [] },
    });
    const [first, rest] = [refund(reference, 200), refund(reference, 1_000)];
    const ofFirst = { refundId: first.refundId, amount: 200, status: 'SUCCEEDED', reason: null };
    expect(await provider.refund(first)).toMatchObject({
      record: { reference, status: 'CAPTURED', capturedAmount: AMOUNT, refunds: [ofFirst] },
    });
    const ofRest = { refundId: rest.refundId, amount: 1_000, status: 'SUCCEEDED' };
    expect(recordOf(await provider.refund(rest)).refunds).toContainEqual(expect.objectContaining(ofRest));
    expect((await shown(reference)).refunds).toEqual(
      expect.arrayContaining([expect.objectContaining(ofFirst), expect.objectContaining(ofRest)]),
    );
    expect(await trial.under.booked(trial.asked.orderId)).toMatchObject([
      { id: reference, currency: 'EUR', capturedAmount: AMOUNT, refundedAmount: AMOUNT },
    ]);
  });

  test('refunds the whole at once', async () => {
    const reference = await captured();
    expect(refundedBy(recordOf(await trial.under.provider.refund(refund(reference))))).toBe(AMOUNT);
  });

  test.each([
    ['USD', 1_250, 250],
    ['JPY', 1_250, 250],
    ['KWD', 1_250, 250],
    ['ISK', 1_250, 250],
  ])('moves money in %s, in its minor unit, in each operation', async (currency, amount, back) => {
    const { provider } = trial.under;
    const { reference } = recordOf(await provider.authorize({ ...trial.asked, currency, amount }));
    expect(await trial.under.booked(trial.asked.orderId)).toMatchObject([{ currency }]);
    const captured = recordOf(await provider.capture({ key: newId(), reference, currency, amount }));
    expect(captured).toMatchObject({ status: 'CAPTURED', capturedAmount: amount });
    const refunded = recordOf(await provider.refund({ ...refund(reference, back), currency }));
    expect(refunded.refunds).toMatchObject([{ amount: back }]);
    expect(await shown(reference)).toMatchObject({ capturedAmount: amount, refunds: [{ amount: back }] });
    if (trial.lacks('list')) return;
    const span = { createdFrom: new Date(Date.now() - 60_000), createdTo: new Date(Date.now() + 60_000) };
    const charge = (await page(provider, span)).charges.find(({ orderId }) => orderId === trial.asked.orderId);
    expect(charge).toMatchObject({ currency, amount, capturedAmount: amount, refundedAmount: back });
  });

  test('voids what is authorised, and shows nothing of it as captured or refunded', async () => {
    const reference = await authorized();
    expect(await trial.under.provider.void(change(reference))).toMatchObject({
      kind: 'record',
      record: { status: 'VOIDED', capturedAmount: 0, refunds: [] },
    });
  });

  test('declines with a reason', async () => {
    expect(await trial.under.declining.authorize(trial.asked)).toMatchObject({
      kind: 'record',
      record: { reference: expect.any(String), status: 'DECLINED', reason: expect.any(String) },
    });
  });
}
