import { expect, test } from '@jest/globals';
import { AMOUNT, type ProviderTrial } from './provider-trial.js';

/** What must have no effect is refused, and changes nothing. Registers Jest tests. */
export function refusals(trial: ProviderTrial): void {
  const { authorized, captured, change, refund, shown, stands } = trial;

  test('is captured once: another key is refused, and the money stays as it was', async () => {
    const reference = await captured();
    expect(await trial.under.provider.capture(change(reference))).toMatchObject({ kind: 'refused' });
    expect(await trial.under.provider.lookup({ reference })).toMatchObject({ record: { capturedAmount: AMOUNT } });
  });

  test('more than was authorised is not captured', async () => {
    const reference = await authorized();
    expect(await trial.under.provider.capture(change(reference, AMOUNT + 1))).toMatchObject({ kind: 'refused' });
    expect(await stands(trial.under.provider, reference)).toBe('AUTHORIZED');
  });

  test('what was captured is not voided', async () => {
    const reference = await captured();
    expect(await trial.under.provider.void(change(reference))).toMatchObject({ kind: 'refused' });
    expect(await stands(trial.under.provider, reference)).toBe('CAPTURED');
  });

  test('what was voided is neither captured, voided nor refunded', async () => {
    const { provider } = trial.under;
    const reference = await authorized();
    await provider.void(change(reference));
    expect(await provider.capture(change(reference))).toMatchObject({ kind: 'refused' });
    expect(await provider.void(change(reference))).toMatchObject({ kind: 'refused' });
    expect(await provider.refund(refund(reference))).toMatchObject({ kind: 'refused' });
    expect(await stands(provider, reference)).toBe('VOIDED');
  });

  test('an operation on a payment that the provider does not know is not taken for done', async () => {
    for (const operation of ['capture', 'void', 'refund'] as const) {
      const answer = await trial.under.provider[operation](refund('unknown'));
      expect(answer.kind === 'unanswered' ? answer.reached : answer.kind === 'record').toBe(false);
    }
  });

  test('F27 more than is left is not refunded', async () => {
    const { provider } = trial.under;
    const reference = await captured();
    expect(await provider.refund(refund(reference, AMOUNT + 1))).toMatchObject({ kind: 'refused' });
    await provider.refund(refund(reference, 1_000));
    expect(await provider.refund(refund(reference, 201))).toMatchObject({ kind: 'refused' });
    expect((await shown(reference)).refunds).toMatchObject([{ amount: 1_000 }]);
  });
}
