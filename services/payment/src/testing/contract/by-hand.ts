import { describe, expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { refundedBy } from '../model-provider.js';
import { AMOUNT, had, type ProviderTrial } from './provider-trial.js';

const later = (): Date => new Date(Date.now() + 5_000);

/** What people do at the provider's dashboard, and refunds that take their time. Registers Jest tests. */
export function byHand(trial: ProviderTrial): void {
  const { recordOf, authorized, captured, change, refund, shown, dashboard, testOf } = trial;

  testOf(
    ['by-hand'],
    'F27 shows each refund by its id: of ours, of people at the dashboard, sent back, and more than fit a page',
    async () => {
      const { provider } = trial.under;
      const reference = await captured();
      const ours = Array.from({ length: 12 }, () => refund(reference, 10));
      for (const one of ours) recordOf(await provider.refund(one));
      await dashboard().refund(reference, 300);
      const { refunds } = await shown(reference);
      expect(new Set(refunds.map(({ id }) => id)).size).toBe(13);
      expect(refunds.map(({ refundId }) => refundId).toSorted()).toEqual(
        [...ours.map(({ refundId }) => refundId), null].toSorted(),
      );
      const byHand = refunds.find(({ refundId }) => refundId === null);
      expect(byHand).toMatchObject({ amount: 300, status: 'SUCCEEDED' });
      const [sentBack] = refunds.filter(({ refundId }) => refundId === ours[0]!.refundId);
      for (const one of [sentBack, byHand]) {
        await dashboard().updateRefund(one!.id, 'FAILED', 'lost_or_stolen_card');
      }
      const after = await shown(reference);
      const failed = { status: 'FAILED', reason: 'lost_or_stolen_card' };
      expect(after.refunds.find(({ id }) => id === sentBack!.id)).toMatchObject({ ...failed, amount: 10 });
      expect(after.refunds.find(({ id }) => id === byHand!.id)).toMatchObject(failed);
      expect(refundedBy(after)).toBe(110);
    },
  );

  testOf(['pending-refunds'], 'F27 a refund on its way is shown so, and then as what became of it', async () => {
    const { provider: pending, updateRefund } = had(trial.under.pending, 'pending');
    for (const status of ['SUCCEEDED', 'FAILED', 'CANCELED'] as const) {
      const { reference } = recordOf(await pending.authorize({ ...trial.asked, key: newId() }));
      await pending.capture(change(reference));
      const { refunds } = recordOf(await pending.refund(refund(reference, 200)));
      expect(refunds).toMatchObject([{ status: 'PENDING', amount: 200 }]);
      await updateRefund(refunds[0]!.id, status);
      expect((await shown(reference, pending)).refunds).toMatchObject([{ status }]);
    }
  });

  describe.each(['capture', 'captureWithRestAsRefund'] as const)('%s', (way) => {
    /** @returns the reference of a payment captured so far; undefined: nobody captures that way at this provider */
    const capturedInPart = async (amount: number): Promise<string | undefined> => {
      const captureInPart = dashboard()[way];
      if (captureInPart === undefined) return undefined;
      trial.asked = { ...trial.asked, key: newId(), orderId: newId() };
      const reference = await authorized();
      await captureInPart(reference, amount);
      return reference;
    };

    testOf(
      ['by-hand', 'partial-capture'],
      'shows what was captured in part at the dashboard, and nothing of it as refunded until it is',
      async () => {
        for (const amount of [500, AMOUNT / 2, 900]) {
          const part = await capturedInPart(amount);
          if (part === undefined) return;
          expect(await shown(part)).toMatchObject({ status: 'CAPTURED', capturedAmount: amount, refunds: [] });
          // as much as was not captured, or all that was
          const refunded = Math.min(AMOUNT - amount, amount);
          const ours = refund(part, refunded);
          const left = amount - refunded;
          expect(recordOf(await trial.under.provider.refund(ours)).refunds).toMatchObject([{ amount: refunded }]);
          if (left > 0) await dashboard().refund(part, left);
          const { refunds } = await shown(part);
          expect(refunds.map(({ refundId, amount: of }) => [refundId, of])).toEqual(
            expect.arrayContaining([[ours.refundId, refunded], ...(left > 0 ? [[null, left]] : [])]),
          );
          expect(refunds).toHaveLength(left > 0 ? 2 : 1);
        }
      },
    );

    testOf(
      ['by-hand', 'partial-capture'],
      'shows refunds made at the dashboard of as much as was not captured, however many there are',
      async () => {
        for (const [amount, byHand] of [
          [900, [300]],
          [900, [300, 300, 300]],
          [AMOUNT / 2, [AMOUNT / 2]],
          [AMOUNT - 5, Array.from({ length: 12 }, () => 5)],
        ] as const) {
          const part = await capturedInPart(amount);
          if (part === undefined) return;
          for (const one of byHand) await dashboard().refund(part, one);
          const { refunds } = await shown(part);
          expect(refunds.map((one) => one.amount)).toEqual(byHand);
        }
      },
    );

    testOf(['by-hand', 'partial-capture', 'list'], 'lists it with what was given back of it', async () => {
      const from = new Date(Date.now() - 1_000);
      const sums = new Map<string | undefined, number>();
      for (const byHand of [[], [5], Array.from({ length: 12 }, () => 5)]) {
        const part = await capturedInPart(AMOUNT - 5);
        if (part === undefined) return;
        for (const one of byHand) await dashboard().refund(part, one);
        sums.set(part, byHand.length * 5);
      }
      const { charges } = await trial.page(trial.under.provider, { createdFrom: from, createdTo: later() });
      const listed = charges.filter(({ providerPaymentId }) => sums.has(providerPaymentId));
      expect(new Map(listed.map((one) => [one.providerPaymentId, one.refundedAmount]))).toEqual(sums);
      expect(listed.every(({ refundedAmount, refunds }) => refundedAmount > 0 || refunds.length === 0)).toBe(true);
    });
  });

  testOf(['by-hand'], 'shows what was voided at the dashboard', async () => {
    const { provider } = trial.under;
    const voided = await authorized();
    await dashboard().void(voided);
    expect(await shown(voided)).toMatchObject({ status: 'VOIDED', capturedAmount: 0 });
    expect(await provider.capture(change(voided))).toMatchObject({ kind: 'refused' });
  });
}
