import { expect, test } from '@jest/globals';
import { AMOUNT, had, type ProviderTrial } from './provider-trial.js';

/** One key is one request, whatever is late or lost. Registers Jest tests. */
export function keysAndDoubt(trial: ProviderTrial): void {
  const { recordOf, authorized, captured, change, refund, shown, testOf } = trial;

  test('the same key has one effect and the same answer, also at once', async () => {
    const { provider } = trial.under;
    const [first, ...others] = await Promise.all([1, 2, 3, 4].map(() => provider.authorize(trial.asked)));
    for (const other of others) expect(other).toEqual(first);
    const reference = await authorized();
    expect(await trial.under.booked(trial.asked.orderId)).toHaveLength(1);
    const capture = change(reference);
    expect(await provider.capture(capture)).toEqual(await provider.capture(capture));
    const again = refund(reference, 300);
    expect(await provider.refund(again)).toEqual(await provider.refund(again));
    expect(await shown(reference)).toMatchObject({ capturedAmount: AMOUNT, refunds: [{ amount: 300 }] });
  });

  test('a key used for something else is never taken for an answer', async () => {
    await authorized();
    expect(await trial.under.provider.authorize({ ...trial.asked, amount: 1 })).toMatchObject({
      kind: 'unanswered',
      reached: true,
    });
    expect(await trial.under.booked(trial.asked.orderId)).toMatchObject([{ amount: AMOUNT }]);
  });

  test('is looked up by reference and by key', async () => {
    const { provider } = trial.under;
    expect(await provider.lookup({ key: trial.asked.key })).toEqual({ kind: 'not-found' });
    const reference = await authorized();
    expect(await provider.lookup({ key: trial.asked.key })).toMatchObject({ kind: 'record', record: { reference } });
    expect(await provider.lookup({ reference })).toMatchObject({ record: { reference, status: 'AUTHORIZED' } });
    expect(await provider.lookup({ reference: 'unknown' })).toEqual({ kind: 'not-found' });
  });

  test('one that cannot be reached had no effect, and says so', async () => {
    expect(await trial.under.gone.authorize(trial.asked)).toMatchObject({ kind: 'unanswered', reached: false });
    expect(await trial.under.gone.refund(refund('unknown'))).toMatchObject({ kind: 'unanswered', reached: false });
    expect(await trial.under.gone.lookup({ key: trial.asked.key })).toMatchObject({ kind: 'unanswered' });
    if (trial.lacks('list')) return;
    const span = { createdFrom: new Date(0), createdTo: new Date() };
    expect(await trial.under.gone.list?.(span)).toMatchObject({ kind: 'unanswered' });
  });

  test('F23 one that answers too late leaves a doubt, which the same key resolves: charged once', async () => {
    expect(await trial.under.slow.authorize(trial.asked)).toMatchObject({ kind: 'unanswered', reached: true });
    const reference = await authorized();
    expect(await trial.under.provider.lookup({ key: trial.asked.key })).toMatchObject({ record: { reference } });
    const capture = change(reference);
    expect(await trial.under.slow.capture(capture)).toMatchObject({ kind: 'unanswered', reached: true });
    expect(await trial.under.provider.capture(capture)).toMatchObject({ record: { capturedAmount: AMOUNT } });
    expect(await trial.under.booked(trial.asked.orderId)).toMatchObject([
      { status: 'CAPTURED', capturedAmount: AMOUNT },
    ]);
  });

  testOf(
    ['forgotten-keys'],
    'F27 a key that was forgotten is another request: the refund is found by its id',
    async () => {
      const { provider } = trial.under;
      const reference = await captured();
      const one = refund(reference, 200);
      recordOf(await provider.refund(one));
      await had(trial.under.forgetKeys, 'forgetKeys')();
      expect((await shown(reference)).refunds).toMatchObject([{ refundId: one.refundId, amount: 200 }]);
      expect(await provider.lookup({ key: trial.asked.key })).toMatchObject({ record: { reference } });
    },
  );
}
