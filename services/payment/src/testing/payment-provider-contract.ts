import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Charge, ProviderAnswer, ProviderRecord } from '../domain/provider-answer.js';
import { refundedBy } from './model-provider.js';
import {
  listsPayments,
  type AuthorizeRequest,
  type ListRequest,
  type PaymentProvider,
  type ProviderEvent,
} from '../providers/payment-provider.js';
import { CAPABILITIES, type Capability } from './provider-capabilities.js';
import { TOLERANCE_MS, type Dashboard, type ProviderUnderTest } from './provider-under-test.js';

const AMOUNT = 1_200;

/** What a test of a capability needs; a provider that declares the capability and lacks this has a wrong test bench. */
function had<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw new Error(`the provider under test has no ${what}, which its capabilities ask for`);
  return part;
}

/**
 * What every adapter of the port must do; run against each, also those of shops. Registers Jest tests.
 *
 * @param name of the provider, for the tests' names
 * @param start called once, before the tests; its `close` is called after them
 * @param capabilities what the provider can do beside moving money: by default everything. Tests of what it cannot do
 *   are skipped, and say which capability they need
 */
export function paymentProviderContract(
  name: string,
  start: () => Promise<ProviderUnderTest>,
  capabilities: readonly Capability[] = CAPABILITIES,
): void {
  const lacking = CAPABILITIES.filter((one) => !capabilities.includes(one));
  /** Registers a test that providers pass which can do all of this, and that is skipped for others. */
  const testOf = (needed: readonly Capability[], title: string, run: () => Promise<void>): void => {
    const missing = needed.filter((one) => lacking.includes(one));
    if (missing.length === 0) test(title, run);
    else test.skip(`${title} (needs ${missing.join(', ')} of ${name})`, run);
  };
  describe(`the payment provider ${name}`, () => {
    let under: ProviderUnderTest;
    let asked: AuthorizeRequest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.close());
    beforeEach(() => {
      asked = { key: newId(), orderId: newId(), amount: AMOUNT, currency: 'EUR', paymentMethod: under.paymentMethod };
    });
    const recordOf = (answer: ProviderAnswer) => {
      if (answer.kind !== 'record') throw new Error(`no record but ${JSON.stringify(answer)}`);
      return answer.record;
    };
    const authorized = async (): Promise<string> => {
      const record = recordOf(await under.provider.authorize(asked));
      expect(record).toMatchObject({ status: 'AUTHORIZED', capturedAmount: 0, refunds: [], disputes: [] });
      return record.reference;
    };
    const change = (reference: string, amount = AMOUNT) => ({ key: newId(), reference, amount, currency: 'EUR' });
    const refund = (reference: string, amount = AMOUNT) => ({
      ...change(reference, amount),
      orderId: asked.orderId,
      refundId: newId(),
    });
    const shown = async (reference: string, provider = under.provider): Promise<ProviderRecord> => {
      const found = await provider.lookup({ reference });
      if (found.kind !== 'record') throw new Error(found.kind);
      return found.record;
    };
    const captured = async (): Promise<string> => {
      const reference = await authorized();
      recordOf(await under.provider.capture(change(reference)));
      return reference;
    };
    const dashboard = (): Dashboard => had(under.dashboard, 'dashboard');
    const page = async (provider: PaymentProvider, request: ListRequest) => {
      const answer = await provider.list?.(request);
      if (answer?.kind !== 'page') throw new Error(answer?.reason ?? 'the provider has no list');
      return answer;
    };
    const stands = async (provider: ProviderUnderTest['provider'], reference: string) => {
      const found = await provider.lookup({ reference });
      return found.kind === 'record' ? found.record.status : found.kind;
    };

    test('authorises, captures and refunds, in part and then the rest', async () => {
      const { provider } = under;
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
      expect(await under.booked(asked.orderId)).toMatchObject([
        { id: reference, currency: 'EUR', capturedAmount: AMOUNT, refundedAmount: AMOUNT },
      ]);
    });

    test('refunds the whole at once', async () => {
      const reference = await captured();
      expect(refundedBy(recordOf(await under.provider.refund(refund(reference))))).toBe(AMOUNT);
    });

    testOf(
      ['by-hand'],
      'F27 shows each refund by its id: of ours, of people at the dashboard, sent back, and more than fit a page',
      async () => {
        const { provider } = under;
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
      const { provider: pending, updateRefund } = had(under.pending, 'pending');
      for (const status of ['SUCCEEDED', 'FAILED', 'CANCELED'] as const) {
        const { reference } = recordOf(await pending.authorize({ ...asked, key: newId() }));
        await pending.capture(change(reference));
        const { refunds } = recordOf(await pending.refund(refund(reference, 200)));
        expect(refunds).toMatchObject([{ status: 'PENDING', amount: 200 }]);
        await updateRefund(refunds[0]!.id, status);
        expect((await shown(reference, pending)).refunds).toMatchObject([{ status }]);
      }
    });

    testOf(
      ['forgotten-keys'],
      'F27 a key that was forgotten is another request: the refund is found by its id',
      async () => {
        const { provider } = under;
        const reference = await captured();
        const one = refund(reference, 200);
        recordOf(await provider.refund(one));
        await had(under.forgetKeys, 'forgetKeys')();
        expect((await shown(reference)).refunds).toMatchObject([{ refundId: one.refundId, amount: 200 }]);
        expect(await provider.lookup({ key: asked.key })).toMatchObject({ record: { reference } });
      },
    );

    testOf(['by-hand', 'partial-capture'], 'shows what was captured in part at the dashboard', async () => {
      const part = await authorized();
      await dashboard().capture(part, 500);
      expect(await shown(part)).toMatchObject({ status: 'CAPTURED', capturedAmount: 500 });
    });

    testOf(['by-hand'], 'shows what was voided at the dashboard', async () => {
      const { provider } = under;
      const voided = await authorized();
      await dashboard().void(voided);
      expect(await shown(voided)).toMatchObject({ status: 'VOIDED', capturedAmount: 0 });
      expect(await provider.capture(change(voided))).toMatchObject({ kind: 'refused' });
    });

    testOf(['disputes'], 'shows disputes: what is withheld, until when to answer, and how they end', async () => {
      const reference = await captured();
      const disputes = had(under.disputes, 'disputes');
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
      expect((await shown(reference)).disputes).toMatchObject([
        { id: dispute!.id, withheldAmount: 700, status: 'LOST' },
      ]);
      asked = { ...asked, key: newId(), orderId: newId() };
      const other = await captured();
      await disputes.open(other, { inquiry: true });
      const [inquiry] = (await shown(other)).disputes;
      expect(inquiry).toMatchObject({ amount: AMOUNT, withheldAmount: 0, status: 'OPEN' });
      await disputes.close(inquiry!.id, 'CLOSED');
      expect((await shown(other)).disputes).toMatchObject([{ status: 'CLOSED' }]);
    });

    test.each([
      ['USD', 1_250, 250],
      ['JPY', 1_250, 250],
      ['KWD', 1_250, 250],
      ['ISK', 1_250, 250],
    ])('moves money in %s, in its minor unit, in each operation', async (currency, amount, back) => {
      const { provider } = under;
      const { reference } = recordOf(await provider.authorize({ ...asked, currency, amount }));
      expect(await under.booked(asked.orderId)).toMatchObject([{ currency }]);
      const captured = recordOf(await provider.capture({ key: newId(), reference, currency, amount }));
      expect(captured).toMatchObject({ status: 'CAPTURED', capturedAmount: amount });
      const refunded = recordOf(await provider.refund({ ...refund(reference, back), currency }));
      expect(refunded.refunds).toMatchObject([{ amount: back }]);
      expect(await shown(reference)).toMatchObject({ capturedAmount: amount, refunds: [{ amount: back }] });
      if (lacking.includes('list')) return;
      const span = { createdFrom: new Date(Date.now() - 60_000), createdTo: new Date(Date.now() + 60_000) };
      const charge = (await page(provider, span)).charges.find(({ orderId }) => orderId === asked.orderId);
      expect(charge).toMatchObject({ currency, amount, capturedAmount: amount, refundedAmount: back });
    });

    test('voids what is authorised, and shows nothing of it as captured or refunded', async () => {
      const reference = await authorized();
      expect(await under.provider.void(change(reference))).toMatchObject({
        kind: 'record',
        record: { status: 'VOIDED', capturedAmount: 0, refunds: [] },
      });
    });

    test('declines with a reason', async () => {
      expect(await under.declining.authorize(asked)).toMatchObject({
        kind: 'record',
        record: { reference: expect.any(String), status: 'DECLINED', reason: expect.any(String) },
      });
    });

    testOf(['customer-action'], 'F46 asks for the customer, who approves, denies, or comes too late', async () => {
      const { provider: asking, act } = had(under.asking, 'asking');
      const ask = async (): Promise<string> => {
        const answer = await asking.authorize({ ...asked, key: newId(), orderId: newId() });
        const { reference, status, action } = recordOf(answer);
        expect(status).toBe('REQUIRES_ACTION');
        expect(Date.parse(action?.expiresAt ?? '')).toBeGreaterThan(Date.now());
        expect(action?.redirectUrl ?? action?.clientSecret).toMatch(/./u);
        return reference;
      };
      const [approved, denied, late] = [await ask(), await ask(), await ask()];
      expect(await asking.capture(change(approved))).toMatchObject({ kind: 'refused' });
      expect(await stands(asking, approved)).toBe('REQUIRES_ACTION');
      await act(approved, 'approve');
      expect(await stands(asking, approved)).toBe('AUTHORIZED');
      await act(denied, 'deny');
      expect(await stands(asking, denied)).toBe('DECLINED');
      expect(await asking.void(change(late))).toMatchObject({ record: { status: 'VOIDED' } });
      await act(late, 'approve');
      expect(await stands(asking, late)).toBe('VOIDED');
    });

    test('the same key has one effect and the same answer, also at once', async () => {
      const { provider } = under;
      const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => provider.authorize(asked)));
      for (const other of others) expect(other).toEqual(first);
      const reference = await authorized();
      expect(await under.booked(asked.orderId)).toHaveLength(1);
      const capture = change(reference);
      expect(await provider.capture(capture)).toEqual(await provider.capture(capture));
      const again = refund(reference, 300);
      expect(await provider.refund(again)).toEqual(await provider.refund(again));
      expect(await shown(reference)).toMatchObject({ capturedAmount: AMOUNT, refunds: [{ amount: 300 }] });
    });

    test('is captured once: another key is refused, and the money stays as it was', async () => {
      const reference = await captured();
      expect(await under.provider.capture(change(reference))).toMatchObject({ kind: 'refused' });
      expect(await under.provider.lookup({ reference })).toMatchObject({ record: { capturedAmount: AMOUNT } });
    });

    test('more than was authorised is not captured', async () => {
      const reference = await authorized();
      expect(await under.provider.capture(change(reference, AMOUNT + 1))).toMatchObject({ kind: 'refused' });
      expect(await stands(under.provider, reference)).toBe('AUTHORIZED');
    });

    test('what was captured is not voided', async () => {
      const reference = await captured();
      expect(await under.provider.void(change(reference))).toMatchObject({ kind: 'refused' });
      expect(await stands(under.provider, reference)).toBe('CAPTURED');
    });

    test('what was voided is neither captured, voided nor refunded', async () => {
      const { provider } = under;
      const reference = await authorized();
      await provider.void(change(reference));
      expect(await provider.capture(change(reference))).toMatchObject({ kind: 'refused' });
      expect(await provider.void(change(reference))).toMatchObject({ kind: 'refused' });
      expect(await provider.refund(refund(reference))).toMatchObject({ kind: 'refused' });
      expect(await stands(provider, reference)).toBe('VOIDED');
    });

    test('an operation on a payment that the provider does not know is not taken for done', async () => {
      for (const operation of ['capture', 'void', 'refund'] as const) {
        const answer = await under.provider[operation](refund('unknown'));
        expect(answer.kind === 'unanswered' ? answer.reached : answer.kind === 'record').toBe(false);
      }
    });

    test('F27 more than is left is not refunded', async () => {
      const { provider } = under;
      const reference = await captured();
      expect(await provider.refund(refund(reference, AMOUNT + 1))).toMatchObject({ kind: 'refused' });
      await provider.refund(refund(reference, 1_000));
      expect(await provider.refund(refund(reference, 201))).toMatchObject({ kind: 'refused' });
      expect((await shown(reference)).refunds).toMatchObject([{ amount: 1_000 }]);
    });

    test('a key used for something else is never taken for an answer', async () => {
      await authorized();
      expect(await under.provider.authorize({ ...asked, amount: 1 })).toMatchObject({
        kind: 'unanswered',
        reached: true,
      });
      expect(await under.booked(asked.orderId)).toMatchObject([{ amount: AMOUNT }]);
    });

    test('is looked up by reference and by key', async () => {
      const { provider } = under;
      expect(await provider.lookup({ key: asked.key })).toEqual({ kind: 'not-found' });
      const reference = await authorized();
      expect(await provider.lookup({ key: asked.key })).toMatchObject({ kind: 'record', record: { reference } });
      expect(await provider.lookup({ reference })).toMatchObject({ record: { reference, status: 'AUTHORIZED' } });
      expect(await provider.lookup({ reference: 'unknown' })).toEqual({ kind: 'not-found' });
    });

    test('one that cannot be reached had no effect, and says so', async () => {
      expect(await under.gone.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: false });
      expect(await under.gone.refund(refund('unknown'))).toMatchObject({ kind: 'unanswered', reached: false });
      expect(await under.gone.lookup({ key: asked.key })).toMatchObject({ kind: 'unanswered' });
      if (lacking.includes('list')) return;
      const span = { createdFrom: new Date(0), createdTo: new Date() };
      expect(await under.gone.list?.(span)).toMatchObject({ kind: 'unanswered' });
    });

    test('F23 one that answers too late leaves a doubt, which the same key resolves: charged once', async () => {
      expect(await under.slow.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: true });
      const reference = await authorized();
      expect(await under.provider.lookup({ key: asked.key })).toMatchObject({ record: { reference } });
      const capture = change(reference);
      expect(await under.slow.capture(capture)).toMatchObject({ kind: 'unanswered', reached: true });
      expect(await under.provider.capture(capture)).toMatchObject({ record: { capturedAmount: AMOUNT } });
      expect(await under.booked(asked.orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: AMOUNT }]);
    });

    testOf(
      ['list'],
      'lists what was made in a span of time page by page, the newest first, as it stands now',
      async () => {
        const { provider } = under;
        const span = { createdFrom: new Date(Date.now() - 1_000), createdTo: new Date(Date.now() + 60_000) };
        const first = await captured();
        await provider.refund(refund(first, 200));
        const orderIds = [asked.orderId, ...Array.from({ length: 120 }, () => newId())];
        for (const orderId of orderIds.slice(1)) await provider.authorize({ ...asked, key: newId(), orderId });
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
          orderId: asked.orderId,
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

    if (lacking.length > 0) {
      test(`says what it cannot do: ${lacking.join(', ')}`, async () => {
        if (lacking.includes('list')) expect(listsPayments(under.provider)).toBe(false);
        if (lacking.includes('webhooks')) {
          const forged = Buffer.from(JSON.stringify({ orderId: asked.orderId, status: 'CAPTURED' }));
          expect(under.provider.readWebhook(forged, {}, Date.now())).toMatchObject({ kind: 'refused' });
        }
      });
    }

    describe('webhooks', () => {
      /** The events of the webhooks that contain a text, waited for until there are enough of them. */
      const reported = async (
        text: string,
        enough: (events: readonly ProviderEvent[]) => boolean,
      ): Promise<ProviderEvent[]> => {
        for (let count = 1; ; count += 1) {
          const deliveries = await had(under.received, 'received')(text, count);
          const events = deliveries.map(({ raw, headers }) => {
            const webhook = under.provider.readWebhook(raw, headers, Date.now());
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
          asked.orderId,
          (all) => all.length === 4 && statuses(all).has('AUTHORIZED') && statuses(all).has('CAPTURED'),
        );
        expect(
          events.every(({ orderId, shown: { reference: of } }) => orderId === asked.orderId && of === reference),
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
          const [made] = recordOf(await under.provider.refund(ours)).refunds;
          await dashboard().refund(reference, 300);
          const byHand = (await shown(reference)).refunds.find(({ refundId }) => refundId === null)!;
          const update = { status: 'FAILED', reason: 'lost_or_stolen_card' } as const;
          await dashboard().updateRefund(made!.id, update.status, update.reason);
          const has = (events: readonly ProviderEvent[], id: string, stands: object) =>
            events.some(({ orderId, shown: { reference: of, refunds } }) => {
              const found = refunds.find((one) => one.id === id);
              const fits = Object.entries(stands).every(
                ([name, value]) => found?.[name as keyof typeof found] === value,
              );
              return of === reference && [null, asked.orderId].includes(orderId) && found !== undefined && fits;
            });
          await reported(reference, (events) =>
            has(events, made!.id, { refundId: ours.refundId, status: 'SUCCEEDED' }),
          );
          await reported(reference, (events) => has(events, byHand.id, { refundId: null, amount: 300 }));
          await reported(reference, (events) =>
            has(events, made!.id, { ...update, refundId: ours.refundId, amount: 200 }),
          );
        },
      );

      testOf(['webhooks', 'disputes'], 'report a dispute, and its end', async () => {
        const reference = await captured();
        const disputes = had(under.disputes, 'disputes');
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
        await under.provider.void(change(reference));
        await reported(asked.orderId, (events) => statuses(events).has('VOIDED'));
        asked = { ...asked, key: newId(), orderId: newId() };
        await under.declining.authorize(asked);
        const [declined] = await reported(asked.orderId, (events) => events.length > 0);
        expect(declined).toMatchObject({
          shown: { status: 'DECLINED', reason: expect.any(String), code: 'card-declined' },
        });
      });

      testOf(['webhooks', 'customer-action'], 'report a customer who must act', async () => {
        await had(under.asking, 'asking').provider.authorize(asked);
        const [acting] = await reported(asked.orderId, (events) => events.length > 0);
        expect(acting).toMatchObject({
          shown: { status: 'REQUIRES_ACTION', action: { expiresAt: expect.any(String) } },
        });
      });

      testOf(['webhooks'], 'F23 that are forged, altered, unsigned, stale or from the future are refused', async () => {
        await authorized();
        const [{ raw, headers } = { raw: Buffer.alloc(0), headers: {} }] = await had(under.received, 'received')(
          asked.orderId,
          1,
        );
        const read = (bytes: Buffer, by: typeof headers, now = Date.now()) =>
          under.provider.readWebhook(bytes, by, now).kind;
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
  });
}
