import { beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { PaymentProvider } from '../policies/payment-provider.js';

/** A provider under test, and tokens that make it do what a test needs. */
export interface ProviderUnderTest {
  readonly provider: PaymentProvider;
  /** one whose customers are always declined */
  readonly declining: PaymentProvider;
  /** one whose customers always have to act */
  readonly asking: PaymentProvider;
  /** does what the customer does who is sent to this address */
  readonly act: (redirectUrl: string, outcome: 'approve' | 'deny') => Promise<void>;
  /** one that accepts no connection */
  readonly gone: PaymentProvider;
  /** one that does what it is asked but answers later than its caller waits */
  readonly slow: PaymentProvider;
  readonly paymentMethod: string;
}

/** What every adapter of the port must do; run against each. */
export function providerContract(name: string, open: () => ProviderUnderTest): void {
  describe(`the payment provider ${name}`, () => {
    let under: ProviderUnderTest;
    let asked: { key: string; orderId: string; amount: number; currency: string; paymentMethod: string };
    beforeEach(() => {
      under = open();
      asked = { key: newId(), orderId: newId(), amount: 1_200, currency: 'EUR', paymentMethod: under.paymentMethod };
    });
    const authorized = async (): Promise<string> => {
      const answer = await under.provider.authorize(asked);
      expect(answer).toMatchObject({ kind: 'record', record: { status: 'AUTHORIZED', capturedAmount: 0 } });
      return answer.kind === 'record' ? answer.record.reference : '';
    };

    test('authorises, captures and refunds, in part and then the rest', async () => {
      const { provider } = under;
      const reference = await authorized();
      expect(await provider.capture({ key: newId(), reference, amount: 1_200 })).toMatchObject({
        kind: 'record',
        record: { reference, status: 'CAPTURED', capturedAmount: 1_200, refundedAmount: 0 },
      });
      expect(await provider.refund({ key: newId(), reference, amount: 200 })).toMatchObject({
        record: { status: 'PARTIALLY_REFUNDED', refundedAmount: 200 },
      });
      expect(await provider.refund({ key: newId(), reference, amount: 1_000 })).toMatchObject({
        record: { status: 'REFUNDED', refundedAmount: 1_200 },
      });
    });

    test('voids what is authorised', async () => {
      const reference = await authorized();
      expect(await under.provider.void({ key: newId(), reference, amount: 1_200 })).toMatchObject({
        kind: 'record',
        record: { status: 'VOIDED', capturedAmount: 0 },
      });
    });

    test('declines with a reason', async () => {
      expect(await under.declining.authorize(asked)).toMatchObject({
        kind: 'record',
        record: { status: 'DECLINED', reason: expect.any(String) },
      });
    });

    test('asks for the customer, who approves, denies, or comes too late', async () => {
      const { asking, act } = under;
      const ask = async (): Promise<{ reference: string; redirectUrl: string }> => {
        const answer = await asking.authorize({ ...asked, key: newId(), orderId: newId() });
        expect(answer).toMatchObject({ kind: 'record', record: { status: 'REQUIRES_ACTION', capturedAmount: 0 } });
        if (answer.kind !== 'record') throw new Error('no record');
        const { reference, action } = answer.record;
        expect(Date.parse(action?.expiresAt ?? '')).toBeGreaterThan(Date.now());
        return { reference, redirectUrl: action?.redirectUrl ?? '' };
      };
      const stands = async (reference: string) => {
        const found = await asking.lookup({ reference });
        return found.kind === 'record' ? found.record.status : found.kind;
      };
      const [approved, denied, late] = [await ask(), await ask(), await ask()];
      expect(await asking.capture({ ...approved, key: newId(), amount: 1_200 })).toMatchObject({ kind: 'refused' });
      await act(approved.redirectUrl, 'approve');
      expect(await stands(approved.reference)).toBe('AUTHORIZED');
      await act(denied.redirectUrl, 'deny');
      expect(await stands(denied.reference)).toBe('DECLINED');
      expect(await asking.void({ ...late, key: newId(), amount: 1_200 })).toMatchObject({
        record: { status: 'VOIDED' },
      });
      await act(late.redirectUrl, 'approve');
      expect(await stands(late.reference)).toBe('VOIDED');
    });

    test('the same key has one effect and the same answer, also at once', async () => {
      const { provider } = under;
      const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => provider.authorize(asked)));
      for (const other of others) expect(other).toEqual(first);
      const reference = await authorized();
      const capture = { key: newId(), reference, amount: 1_200 };
      expect(await provider.capture(capture)).toEqual(await provider.capture(capture));
      expect(await provider.lookup({ reference })).toMatchObject({ record: { capturedAmount: 1_200 } });
    });

    test('what its state does not allow is refused for good', async () => {
      const { provider } = under;
      const reference = await authorized();
      await provider.void({ key: newId(), reference, amount: 1_200 });
      const change = { reference, amount: 1_200 };
      expect(await provider.capture({ ...change, key: newId() })).toMatchObject({ kind: 'refused' });
      expect(await provider.void({ ...change, key: newId() })).toMatchObject({ kind: 'refused' });
      expect(await provider.refund({ ...change, key: newId() })).toMatchObject({ kind: 'refused' });
      expect(await provider.capture({ key: newId(), reference: 'unheard-of', amount: 1 })).toMatchObject({
        kind: 'refused',
      });
    });

    test('more than was captured is not refunded', async () => {
      const { provider } = under;
      const reference = await authorized();
      await provider.capture({ key: newId(), reference, amount: 1_200 });
      expect(await provider.refund({ key: newId(), reference, amount: 1_201 })).toMatchObject({ kind: 'refused' });
    });

    test('a key used for something else is never taken for an answer', async () => {
      await authorized();
      expect(await under.provider.authorize({ ...asked, amount: 1 })).toMatchObject({
        kind: 'unanswered',
        reached: true,
      });
    });

    test('is looked up by reference and by key', async () => {
      const { provider } = under;
      expect(await provider.lookup({ key: asked.key })).toEqual({ kind: 'not-found' });
      const reference = await authorized();
      expect(await provider.lookup({ key: asked.key })).toMatchObject({ kind: 'record', record: { reference } });
      expect(await provider.lookup({ reference })).toMatchObject({ record: { reference, status: 'AUTHORIZED' } });
      expect(await provider.lookup({ reference: 'unheard-of' })).toEqual({ kind: 'not-found' });
    });

    test('lists what was made in a span of time, the newest first', async () => {
      const { provider } = under;
      const createdFrom = new Date(Date.now() - 1_000);
      const [first, second] = [newId(), newId()];
      const made = [];
      for (const orderId of [first, second]) made.push(await provider.authorize({ ...asked, key: newId(), orderId }));
      const createdTo = new Date(Date.now() + 2_000);
      const page = await provider.list({ createdFrom, createdTo });
      if (page.kind !== 'page') throw new Error(page.reason);
      const charges = page.charges.slice(0, 2);
      expect(charges.map(({ orderId }) => orderId)).toEqual([second, first]);
      expect(charges[1]).toMatchObject({
        providerPaymentId: made[0]?.kind === 'record' && made[0].record.reference,
        status: 'AUTHORIZED',
        amount: 1_200,
        capturedAmount: 0,
        refundedAmount: 0,
        currency: 'EUR',
        createdAt: expect.any(Date),
      });
    });

    test('one that cannot be reached had no effect, and says so', async () => {
      expect(await under.gone.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: false });
      expect(await under.gone.lookup({ key: asked.key })).toMatchObject({ kind: 'unanswered' });
    });

    test('F23 one that answers too late leaves a doubt, which the same key settles', async () => {
      expect(await under.slow.authorize(asked)).toMatchObject({ kind: 'unanswered', reached: true });
      const reference = await authorized();
      expect(await under.provider.lookup({ key: asked.key })).toMatchObject({ record: { reference } });
    });
  });
}
