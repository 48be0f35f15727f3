import { expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Charge } from '../../domain/provider-answer.js';
import { AMOUNT, type ProviderTrial } from './provider-trial.js';

/** The provider's list of its payments. Registers Jest tests. */
export function list(trial: ProviderTrial): void {
  const { captured, refund, page, testOf } = trial;

  testOf(
    ['list'],
    'lists what was made in a span of time page by page, the newest first, as it stands now',
    async () => {
      const { provider } = trial.under;
      const span = { createdFrom: new Date(Date.now() - 1_000), createdTo: new Date(Date.now() + 60_000) };
      const first = await captured();
      await provider.refund(refund(first, 200));
      const orderIds = [trial.asked.orderId, ...Array.from({ length: 120 }, () => newId())];
      for (const orderId of orderIds.slice(1)) await provider.authorize({ ...trial.asked, key: newId(), orderId });
      const charges: Charge[] = [];
      const pages: number[] = [];
      for (let after: string | undefined; ;) {
        const { charges: listed, next } = await page(provider, { ...span, ...(after !== undefined && { after }) });
        charges.push(...listed);
        pages.push(listed.length);
        after = next;
        if (after === undefined) break;
      }
      expect(pages.length).toBeGreaterThan(1);
      const mine = charges.filter(({ orderId }) => orderIds.includes(orderId));
      expect(mine.map(({ orderId }) => orderId)).toEqual(orderIds.toReversed());
      const { createdAt, refunds, ...oldest } = mine.at(-1)!;
      expect(refunds).toMatchObject([{ id: expect.any(String), status: 'SUCCEEDED' }]);
      expect(oldest).toEqual({
        providerPaymentId: first,
        orderId: trial.asked.orderId,
        status: 'CAPTURED',
        amount: AMOUNT,
        capturedAmount: AMOUNT,
        refundedAmount: 200,
        disputed: false,
        currency: 'EUR',
      });
      expect(createdAt.getTime()).toBeGreaterThan(span.createdFrom.getTime() - 1_000);
      const before = await page(provider, { createdFrom: new Date(0), createdTo: new Date(1_000) });
      expect(before).toEqual({ kind: 'page', charges: [] });
    },
  );
}
