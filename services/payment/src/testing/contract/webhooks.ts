import { describe, expect } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { ProviderEvent } from '../../providers/payment-provider.js';
import { TOLERANCE_MS } from '../provider-under-test.js';
import { AMOUNT, had, type ProviderTrial } from './provider-trial.js';

/** What the provider reports, and what is no report of its own. Registers Jest tests. */
export function webhooks(trial: ProviderTrial): void {
  const { recordOf, authorized, captured, change, refund, shown, dashboard, testOf } = trial;

  describe('webhooks', () => {
    /** The events of the webhooks that contain a text, waited for until there are enough of them. */
    const reported = async (
      text: string,
      enough: (events: readonly ProviderEvent[]) => boolean,
    ): Promise<ProviderEvent[]> => {
      for (let count = 1; ; count += 1) {
        const deliveries = await had(trial.under.received, 'received')(text, count);
        const events = deliveries.map(({ raw, headers }) => {
          const webhook = trial.under.provider.readWebhook(raw, headers, Date.now());
          if (webhook.kind !== 'event') throw new Error(`${webhook.kind}: ${raw.toString()}`);
          return webhook.event;
        });
        if (enough(events)) return events;
      }
    };
    const statuses = (events: readonly ProviderEvent[]) => new Set(events.map(({ shown }) => shown.status));

    testOf(['webhooks'], 'report a payment after each operation, twice with one event id', async () => {
      const reference = await captured();
      const events = await reported(
        trial.asked.orderId,
        (all) => all.length === 4 && statuses(all).has('AUTHORIZED') && statuses(all).has('CAPTURED'),
      );
      expect(
        events.every(({ orderId, shown: { reference: of } }) => orderId === trial.asked.orderId && of === reference),
      ).toBe(true);
      const byId = Map.groupBy(events, ({ eventId }) => eventId);
      expect([...byId.values()].map((same) => same.length)).toEqual([2, 2]);
      const plain = { reference, reason: null, refunds: [], disputes: [] };
      const all = [...byId.values()].map(([event]) => event?.shown);
      expect(all).toContainEqual({ ...plain, status: 'AUTHORIZED', capturedAmount: 0 });
      expect(all).toContainEqual({ ...plain, status: 'CAPTURED', capturedAmount: AMOUNT });
    });

    testOf(
      ['webhooks', 'by-hand'],
      'F27 report each refund by its id, also one made by hand and one sent back',
      async () => {
        const reference = await captured();
        const ours = refund(reference, 200);
        const [made] = recordOf(await trial.under.provider.refund(ours)).refunds;
        await dashboard().refund(reference, 300);
        const byHand = (await shown(reference)).refunds.find(({ refundId }) => refundId === null)!;
        const update = { status: 'FAILED', reason: 'lost_or_stolen_card' } as const;
        await dashboard().updateRefund(made!.id, update.status, update.reason);
        const has = (events: readonly ProviderEvent[], id: string, stands: object) =>
          events.some(({ orderId, shown: { reference: of, refunds } }) => {
            const found = refunds.find((one) => one.id === id);
            const fits = Object.entries(stands).every(([name, value]) => found?.[name as keyof typeof found] === value);
            return of === reference && [null, trial.asked.orderId].includes(orderId) && found !== undefined && fits;
          });
        await reported(reference, (events) => has(events, made!.id, { refundId: ours.refundId, status: 'SUCCEEDED' }));
        await reported(reference, (events) => has(events, byHand.id, { refundId: null, amount: 300 }));
        await reported(reference, (events) =>
          has(events, made!.id, { ...update, refundId: ours.refundId, amount: 200 }),
        );
      },
    );

    testOf(['webhooks', 'disputes'], 'report a dispute, and its end', async () => {
      const reference = await captured();
      const disputes = had(trial.under.disputes, 'disputes');
      await disputes.open(reference);
      const [{ id } = { id: '' }] = (await shown(reference)).disputes;
      await disputes.close(id, 'WON');
      const has = (events: readonly ProviderEvent[], status: string, withheld: number) =>
        events.some(({ shown: { reference: of, disputes } }) =>
          disputes.some(
            (one) => of === reference && one.id === id && one.status === status && one.withheldAmount === withheld,
          ),
        );
      await reported(reference, (events) => has(events, 'OPEN', AMOUNT));
      await reported(reference, (events) => has(events, 'WON', 0));
    });

    testOf(['webhooks'], 'report a void and a decline', async () => {
      const reference = await authorized();
      await trial.under.provider.void(change(reference));
      await reported(trial.asked.orderId, (events) => statuses(events).has('VOIDED'));
      trial.asked = { ...trial.asked, key: newId(), orderId: newId() };
      await trial.under.declining.authorize(trial.asked);
      const [declined] = await reported(trial.asked.orderId, (events) => events.length > 0);
      expect(declined).toMatchObject({
        shown: { status: 'DECLINED', reason: expect.any(String), code: 'card-declined' },
      });
    });

    testOf(['webhooks', 'customer-action'], 'report a customer who must act', async () => {
      await had(trial.under.asking, 'asking').provider.authorize(trial.asked);
      const [acting] = await reported(trial.asked.orderId, (events) => events.length > 0);
      expect(acting).toMatchObject({
        shown: { status: 'REQUIRES_ACTION', action: { expiresAt: expect.any(String) } },
      });
    });

    testOf(['webhooks'], 'F23 that are forged, altered, unsigned, stale or from the future are refused', async () => {
      await authorized();
      const [{ raw, headers } = { raw: Buffer.alloc(0), headers: {} }] = await had(trial.under.received, 'received')(
        trial.asked.orderId,
        1,
      );
      const read = (bytes: Buffer, by: typeof headers, now = Date.now()) =>
        trial.under.provider.readWebhook(bytes, by, now).kind;
      const signature = Object.keys(headers).find((header) => header.endsWith('-signature'))!;
      expect(read(raw, headers)).toBe('event');
      expect(read(raw, { ...headers, [signature]: undefined })).toBe('refused');
      expect(read(raw, { ...headers, [signature]: `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` })).toBe(
        'refused',
      );
      expect(read(Buffer.concat([raw, Buffer.from(' ')]), headers)).toBe('refused');
      expect(read(Buffer.alloc(0), headers)).toBe('refused');
      expect(read(raw, headers, Date.now() + TOLERANCE_MS + 5_000)).toBe('refused');
      expect(read(raw, headers, Date.now() - TOLERANCE_MS - 5_000)).toBe('refused');
    });
  });
}
