import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { ProviderAnswer } from '../domain/provider-answer.js';
import type { AuthorizeRequest, Charge } from '../policies/payment-provider.js';
import { TOLERANCE_MS, type ProviderUnderTest } from './contract-bench.js';

const AMOUNT = 1_200;

/** What every adapter of the port must do; run against each. */
export function paymentProviderContract(name: string, start: () => Promise<ProviderUnderTest>): void {
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
      expect(record).toMatchObject({ status: 'AUTHORIZED', capturedAmount: 0, refundedAmount: 0 });
      return record.reference;
    };
    const change = (reference: string, amount = AMOUNT) => ({ key: newId(), reference, amount, currency: 'EUR' });
    const captured = async (): Promise<string> => {
      const reference = await authorized();
      recordOf(await under.provider.capture(change(reference)));
      return reference;
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
        record: { reference, status: 'CAPTURED', capturedAmount: AMOUNT, refundedAmount: 0 },
      });
      expect(await provider.refund(change(reference, 200))).toMatchObject({
        record: { reference, status: 'PARTIALLY_REFUNDED', capturedAmount: AMOUNT, refundedAmount: 200 },
      });
      expect(await provider.refund(change(reference, 1_000))).toMatchObject({
        record: { reference, status: 'REFUNDED', refundedAmount: AMOUNT },
      });
      expect(await under.booked(asked.orderId)).toMatchObject([
        { id: reference, currency: 'EUR', capturedAmount: AMOUNT, refundedAmount: AMOUNT },
      ]);
    });

    test('refunds the whole at once', async () => {
      const reference = await captured();
      expect(await under.provider.refund(change(reference))).toMatchObject({
        record: { status: 'REFUNDED', refundedAmount: AMOUNT },
      });
    });

    test('voids what is authorised, and shows nothing of it as captured or refunded', async () => {
      const reference = await authorized();
      expect(await under.provider.void(change(reference))).toMatchObject({
        kind: 'record',
        record: { status: 'VOIDED', capturedAmount: 0, refundedAmount: 0 },
      });
    });

    test('declines with a reason', async () => {
      expect(await under.declining.authorize(asked)).toMatchObject({
        kind: 'record',
        record: { reference: expect.any(String), status: 'DECLINED', reason: expect.any(String) },
      });
    });

    test('F46 asks for the customer, who approves, denies, or comes too late', async () => {
      const { asking } = under;
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
      await under.act(approved, 'approve');
      expect(await stands(asking, approved)).toBe('AUTHORIZED');
      await under.act(denied, 'deny');
      expect(await stands(asking, denied)).toBe('DECLINED');
      expect(await asking.void(change(late))).toMatchObject({ record: { status: 'VOIDED' } });
      await under.act(late, 'approve');
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
      const refund = change(reference, 300);
      expect(await provider.refund(refund)).toEqual(await provider.refund(refund));
      expect(await provider.lookup({ reference })).toMatchObject({
        record: { status: 'PARTIALLY_REFUNDED', capturedAmount: AMOUNT, refundedAmount: 300 },
      });
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
      expect(await provider.refund(change(reference))).toMatchObject({ kind: 'refused' });
      expect(await stands(provider, reference)).toBe('VOIDED');
    });

    test('what the provider never heard of is not taken for done', async () => {
      for (const operation of ['capture', 'void', 'refund'] as const) {
        const answer = await under.provider[operation](change('unheard-of'));
        expect(answer.kind === 'unanswered' ? answer.reached : answer.kind === 'record').toBe(false);
      }
    });

    test('F27 more than is left is not refunded', async () => {
      const { provider } = under;
      const reference = await captured();
      expect(await provider.refund(change(reference, AMOUNT + 1))).toMatchObject({ kind: 'refused' });
      await provider.refund(change(reference, 1_000));
      expect(await provider.refund(change(reference, 201))).toMatchObject({ kind: 'refused' });
      expect(await provider.lookup({ reference })).toMatchObject({ record: { refundedAmount: 1_000 } });
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
      expect(await provider.lookup({ reference: 'unheard-of' })).toEqual({ kind: 'not-found' });
    });

    test('one that cannot be reached had no effect, and says so', async () => {
      expect(await under.gone.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: false });
      expect(await under.gone.refund(change('unheard-of'))).toMatchObject({ kind: 'unanswered', reached: false });
      expect(await under.gone.lookup({ key: asked.key })).toMatchObject({ kind: 'unanswered' });
      expect(await under.gone.list({ createdFrom: new Date(0), createdTo: new Date() })).toMatchObject({
        kind: 'unanswered',
      });
    });

    test('F23 one that answers too late leaves a doubt, which the same key settles: charged once', async () => {
      expect(await under.slow.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: true });
      const reference = await authorized();
      expect(await under.provider.lookup({ key: asked.key })).toMatchObject({ record: { reference } });
      const capture = change(reference);
      expect(await under.slow.capture(capture)).toMatchObject({ kind: 'unanswered', reached: true });
      expect(await under.provider.capture(capture)).toMatchObject({ record: { capturedAmount: AMOUNT } });
      expect(await under.booked(asked.orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: AMOUNT }]);
    });

    test('lists what was made in a span of time page by page, the newest first, as it stands now', async () => {
      const { provider } = under;
      const span = { createdFrom: new Date(Date.now() - 1_000), createdTo: new Date(Date.now() + 60_000) };
      const first = await captured();
      await provider.refund(change(first, 200));
      const orderIds = [asked.orderId, ...Array.from({ length: 120 }, () => newId())];
      for (const orderId of orderIds.slice(1)) await provider.authorize({ ...asked, key: newId(), orderId });
      const charges: Charge[] = [];
      const pages: number[] = [];
      for (let after: string | undefined; ;) {
        const page = await provider.list({ ...span, ...(after !== undefined && { after }) });
        if (page.kind !== 'page') throw new Error(page.reason);
        charges.push(...page.charges);
        pages.push(page.charges.length);
        after = page.next;
        if (after === undefined) break;
      }
      expect(pages.length).toBeGreaterThan(1);
      const mine = charges.filter(({ orderId }) => orderIds.includes(orderId));
      expect(mine.map(({ orderId }) => orderId)).toEqual(orderIds.toReversed());
      const { createdAt, ...oldest } = mine.at(-1)!;
      expect(oldest).toEqual({
        providerPaymentId: first,
        orderId: asked.orderId,
        status: 'PARTIALLY_REFUNDED',
        amount: AMOUNT,
        capturedAmount: AMOUNT,
        refundedAmount: 200,
        currency: 'EUR',
      });
      expect(createdAt.getTime()).toBeGreaterThan(span.createdFrom.getTime() - 1_000);
      const before = await provider.list({ createdFrom: new Date(0), createdTo: new Date(1_000) });
      expect(before).toEqual({ kind: 'page', charges: [] });
    });

    describe('webhooks', () => {
      const events = async (count: number) => {
        const deliveries = await under.told(asked.orderId, count);
        return deliveries.map(({ raw, headers }) => under.provider.readWebhook(raw, headers, Date.now()));
      };

      test('tell how a payment stands after each thing done, twice under one id', async () => {
        const reference = await captured();
        await under.provider.refund(change(reference, 200));
        const told = (await events(6)).map((webhook) => {
          if (webhook.kind !== 'event') throw new Error(webhook.kind);
          return webhook.event;
        });
        expect(told.every(({ orderId }) => orderId === asked.orderId)).toBe(true);
        const byId = Map.groupBy(told, ({ eventId }) => eventId);
        expect([...byId.values()].map((same) => same.length)).toEqual([2, 2, 2]);
        const records = [...byId.values()].map(([event]) => event?.record);
        const plain = { reference, reason: null };
        expect(records.toSorted((a, b) => a!.capturedAmount - b!.capturedAmount)).toEqual(
          expect.arrayContaining([
            { ...plain, status: 'AUTHORIZED', capturedAmount: 0, refundedAmount: 0 },
            { ...plain, status: 'CAPTURED', capturedAmount: AMOUNT, refundedAmount: 0 },
            { ...plain, status: 'PARTIALLY_REFUNDED', capturedAmount: AMOUNT, refundedAmount: 200 },
          ]),
        );
      });

      test('tell of a void, a decline and a customer who must act', async () => {
        const reference = await authorized();
        await under.provider.void(change(reference));
        const told = (await events(4)).map((webhook) => (webhook.kind === 'event' ? webhook.event.record : undefined));
        expect(told).toContainEqual({
          reference,
          status: 'VOIDED',
          capturedAmount: 0,
          refundedAmount: 0,
          reason: null,
        });
        asked = { ...asked, key: newId(), orderId: newId() };
        await under.declining.authorize(asked);
        expect((await events(1))[0]).toMatchObject({
          event: { record: { status: 'DECLINED', reason: expect.any(String) } },
        });
        asked = { ...asked, key: newId(), orderId: newId() };
        await under.asking.authorize(asked);
        expect((await events(1))[0]).toMatchObject({
          event: { record: { status: 'REQUIRES_ACTION', action: { expiresAt: expect.any(String) } } },
        });
      });

      test('F23 that are forged, altered, unsigned, stale or from the future are refused', async () => {
        await authorized();
        const [{ raw, headers } = { raw: Buffer.alloc(0), headers: {} }] = await under.told(asked.orderId, 1);
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
