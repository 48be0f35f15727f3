import { expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { AMOUNT, had, type ProviderTrial } from './provider-trial.js';

/** Customers who dispute a payment. Registers Jest tests. */
export function disputes(trial: ProviderTrial): void {
  const { captured, shown, testOf } = trial;

  testOf(['disputes'], 'shows disputes: what is withheld, until when to answer, and how they end', async () => {
    const reference = await captured();
    const disputes = had(trial.under.disputes, 'disputes');
    await disputes.open(reference, { amount: 700, reason: 'product_not_received' });
    const [dispute] = (await shown(reference)).disputes;
    expect(dispute).toMatchObject({
      amount: 700,
      withheldAmount: 700,
      reason: 'product_not_received',
      status: 'OPEN',
      respondBy: expect.any(String),
    });
    await disputes.close(dispute!.id, 'LOST');
    expect((await shown(reference)).disputes).toMatchObject([{ id: dispute!.id, withheldAmount: 700, status: 'LOST' }]);
    trial.asked = { ...trial.asked, key: newId(), orderId: newId() };
    const other = await captured();
    await disputes.open(other, { inquiry: true });
    const [inquiry] = (await shown(other)).disputes;
    expect(inquiry).toMatchObject({ amount: AMOUNT, withheldAmount: 0, status: 'OPEN' });
    await disputes.close(inquiry!.id, 'CLOSED');
    expect((await shown(other)).disputes).toMatchObject([{ status: 'CLOSED' }]);
  });
}
