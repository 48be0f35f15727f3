import { expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { refundedBy } from '../model-provider.js';
import { had, type ProviderTrial } from './provider-trial.js';

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

  testOf(['by-hand', 'partial-capture'], 'shows what was captured in part at the dashboard', async () => {
    const part = await authorized();
    await dashboard().capture(part, 500);
    expect(await shown(part)).toMatchObject({ status: 'CAPTURED', capturedAmount: 500 });
  });

  testOf(['by-hand'], 'shows what was voided at the dashboard', async () => {
    const { provider } = trial.under;
    const voided = await authorized();
    await dashboard().void(voided);
    expect(await shown(voided)).toMatchObject({ status: 'VOIDED', capturedAmount: 0 });
    expect(await provider.capture(change(voided))).toMatchObject({ kind: 'refused' });
  });
}
